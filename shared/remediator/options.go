package remediator

import (
	"context"
	"reflect"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// options are those that hold for a resource. Its tags are read only where they make a difference. Where it is not known which hold, nothing is
// planned: a change by the wrong ones would have to be made again.
func (r *Remediator) options(ctx context.Context, rem *remedy.Remedy, cfg aws.Config, of finding.Resource) (remedy.Options, error) {
	if len(r.Settings.Overrides) == 0 {
		return forPlans(r.Settings.Options), nil
	}
	at, err := r.Ledger.Place(ctx, of.Account, of.ID)
	if err != nil {
		return remedy.Options{}, err
	}
	at.NoTags = "its tags were not read"
	options, unsure := r.optionsAt(at)
	if unsure == "" {
		return options, nil
	}
	if at.Tags, at.NoTags, err = tagsOf(ctx, rem, cfg, of); err != nil {
		return remedy.Options{}, err
	}
	if options, unsure = r.optionsAt(at); unsure != "" {
		return remedy.Options{}, &remedy.RefusedError{Why: "Which options hold for it is not known: " + unsure + "."}
	}
	return options, nil
}

// optionsAt gives what a plan depends on at a place, and what is not known where that makes a difference.
func (r *Remediator) optionsAt(at settings.Place) (options remedy.Options, unsure string) {
	possible, unsure := r.Settings.At(at)
	options = forPlans(possible[0].Options)
	if !slices.ContainsFunc(possible, func(h settings.Held) bool { return !reflect.DeepEqual(forPlans(h.Options), options) }) {
		unsure = ""
	}
	return options, unsure
}

// forPlans are the options that plans depend on.
func forPlans(o settings.Options) remedy.Options {
	return remedy.Options{CustomerKeys: o.CustomerKeys, RetentionDays: o.RetentionDays}
}

// tagsOf reads the tags of a resource, or says why they cannot be read. It fails where they may be had later. What does not exist, and may be
// made again, has none.
func tagsOf(ctx context.Context, rem *remedy.Remedy, cfg aws.Config, of finding.Resource) (tags map[string]string, unknown string, err error) {
	tags, err = rem.Tags(ctx, cfg, resource.Ref(of))
	switch {
	case err == nil, awserr.IsNotFound(err):
		return tags, "", nil
	case awserr.IsPassing(err):
		return nil, "", err
	}
	return nil, "its tags cannot be read (" + awserr.Reason(err) + ")", nil
}
