// Package sourcecredential reads what CodeBuild signs in to source providers with. The credentials themselves are never shown, by AWS or here.
package sourcecredential

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"
	"github.com/aws/smithy-go"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const (
	name    = "sourcecredential"
	service = "codebuild.amazonaws.com"
)

// How CodeBuild signs in (AWS CodeBuild API Reference, "SourceCredentialsInfo").
const (
	Token      = string(types.AuthTypePersonalAccessToken)
	Basic      = string(types.AuthTypeBasicAuth)
	OAuth      = string(types.AuthTypeOauth)
	Connection = string(types.AuthTypeCodeconnections)
	Secret     = string(types.AuthTypeSecretsManager)
)

// Kind is a source credential of an account and region, which all its projects use that name none of their own.
// A Ref's ID is what follows token/ in its ARN: the provider, in small letters ("github").
var Kind = &resource.Kind[State]{
	Name:    name,
	Changed: []event.Selector{event.Calls(service, "ImportSourceCredentials", "DeleteSourceCredentials")},
	Refs:    refs,
	Read:    read,
	List:    list,
	Told:    told,
	Actions: []string{"codebuild:ListSourceCredentials"},
}

// State is one credential.
type State struct {
	ARN      string                `json:"arn,omitempty"`
	Server   string                `json:"serverType"` // GITHUB, BITBUCKET, …
	Auth     resource.Fact[string] `json:"authType,omitzero"`
	Resource string                `json:"resource,omitempty"` // ARN of the connection or the secret that it points at
}

// parse takes the ARN of a credential apart: arn:PARTITION:codebuild:REGION:ACCOUNT:token/PROVIDER.
func parse(arn string) (ref resource.Ref, ok bool) {
	const fields = 6
	parts := strings.SplitN(arn, ":", fields)
	if len(parts) != fields || parts[0] != "arn" || parts[2] != "codebuild" {
		return resource.Ref{}, false
	}
	id, ok := strings.CutPrefix(parts[5], "token/")
	ref = resource.Ref{Kind: name, ID: id, Account: parts[4], Region: parts[3]}
	return ref, ok && isName(id) && isName(parts[1]) && isName(ref.Account) && isName(ref.Region)
}

func isName(text string) bool {
	return text != "" && len(text) <= 128 && text[0] != '-' && !strings.ContainsFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._-", r)
	})
}

// refs names the credential of a call. Without its ARN the provider tells which one it is: a region has one for each.
func refs(e *event.Event) []resource.Ref {
	if e.Service() != service || e.Name() != "ImportSourceCredentials" && e.Name() != "DeleteSourceCredentials" {
		return nil
	}
	for _, arn := range []string{e.Response().String("arn"), e.Request().String("arn")} {
		if ref, ok := parse(arn); ok {
			return []resource.Ref{ref}
		}
	}
	ref := resource.Ref{Kind: name, ID: strings.ToLower(e.Request().String("serverType")), Account: e.Account, Region: e.Region}
	if !isName(ref.ID) || !ref.Sound() {
		return nil
	}
	return []resource.Ref{ref}
}

func told(e *event.Event) (State, bool) {
	if len(refs(e)) == 0 || !e.Succeeded() || e.Name() != "ImportSourceCredentials" {
		return State{}, false
	}
	s := State{Server: e.Request().String("serverType")}
	if _, ok := parse(e.Response().String("arn")); ok {
		s.ARN = e.Response().String("arn")
	}
	if auth := e.Request().String("authType"); auth != "" {
		s.Auth = resource.Known(auth)
	}
	return s, true
}

func credentials(ctx context.Context, cfg aws.Config, in resource.Ref) ([]types.SourceCredentialsInfo, error) {
	if in.Region != "" {
		cfg.Region = in.Region
	}
	out, err := codebuild.NewFromConfig(cfg).ListSourceCredentials(ctx, &codebuild.ListSourceCredentialsInput{})
	if err != nil {
		return nil, err
	}
	return out.SourceCredentialsInfos, nil
}

// read takes one call, which has no pages: a region has one credential for each provider.
func read(ctx context.Context, cfg aws.Config, ref resource.Ref) (State, error) {
	all, err := credentials(ctx, cfg, ref)
	if err != nil {
		return State{}, fmt.Errorf("read source credential %s: %w", ref.ID, err)
	}
	for _, c := range all {
		found, _ := parse(aws.ToString(c.Arn))
		if found.ID == ref.ID || strings.EqualFold(string(c.ServerType), ref.ID) {
			return State{
				ARN: aws.ToString(c.Arn), Server: string(c.ServerType), Auth: resource.Known(string(c.AuthType)), Resource: aws.ToString(c.Resource),
			}, nil
		}
	}
	return State{}, fmt.Errorf("read source credential %s: %w", ref.ID, &smithy.GenericAPIError{
		Code: "ResourceNotFoundException", Message: "there is no credential for that provider", Fault: smithy.FaultClient,
	})
}

func list(ctx context.Context, cfg aws.Config, in resource.Ref) iter.Seq2[resource.Ref, error] {
	return func(yield func(resource.Ref, error) bool) {
		all, err := credentials(ctx, cfg, in)
		if err != nil {
			yield(resource.Ref{}, fmt.Errorf("list source credentials: %w", err))
			return
		}
		for _, c := range all {
			found, ok := parse(aws.ToString(c.Arn))
			if ok && !yield(resource.Ref{Kind: name, ID: found.ID, Account: in.Account, Region: in.Region}, nil) {
				return
			}
		}
	}
}
