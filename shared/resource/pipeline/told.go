package pipeline

import (
	"bytes"
	"maps"
	"slices"
	"strconv"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// told builds the state from the definition that was sent. Of a key that a store names it does not tell what it is like, unless that is one of AWS's own.
func told(e *event.Event) (State, bool) {
	if !e.Succeeded() || e.Service() != service || e.Name() != "CreatePipeline" && e.Name() != "UpdatePipeline" {
		return State{}, false
	}
	p := e.Request().Object("pipeline")
	if !isName(p.String("name")) {
		return State{}, false
	}
	// The request carries the version that the caller read; the answer the one that came of it.
	version, _ := strconv.Atoi(firstOf(e.Response().String("pipeline", "version"), p.String("version")))
	definition := p.JSON()
	s := State{
		Name: p.String("name"), Version: version, RoleARN: p.String("roleArn"),
		Definition: resource.SealText(definition), Masked: bytes.Contains(definition, []byte(`"`+Mask+`"`)), Secrets: secretsOf(definition),
	}
	if a := p.Object("artifactStore"); a != nil {
		s.Stores = append(s.Stores, storeTold(e.Region, a))
	}
	stores := p.Object("artifactStores")
	for _, region := range slices.Sorted(maps.Keys(stores)) {
		s.Stores = append(s.Stores, storeTold(region, stores.Object(region)))
	}
	for _, stage := range p.Objects("stages") {
		s.Stages = append(s.Stages, stageTold(stage))
	}
	return s, true
}

func storeTold(region string, a event.Fields) Store {
	s := Store{Region: region, Bucket: a.String("location"), Key: a.String("encryptionKey", "id")}
	if isManaged(s.Key) {
		s.Effective = resource.Known(managed)
	}
	return s
}

func stageTold(f event.Fields) Stage {
	s := Stage{Name: f.String("name")}
	for _, a := range f.Objects("actions") {
		order, _ := strconv.Atoi(a.String("runOrder"))
		one := Action{
			Name: a.String("name"), Region: a.String("region"), RoleARN: a.String("roleArn"),
			Category: a.String("actionTypeId", "category"), Owner: a.String("actionTypeId", "owner"), Provider: a.String("actionTypeId", "provider"),
			RunOrder: max(order, firstOrder), Prepares: a.String("configuration", modeOf) == prepares,
		}
		one.reach(func(member string) string { return a.String("configuration", member) })
		s.Actions = append(s.Actions, one)
	}
	return s
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
