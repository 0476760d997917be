package definition

import (
	"slices"
	"strconv"
	"strings"
)

// stage and action are a pipeline's, as far as they are compared (AWS CodePipeline API Reference, "StageDeclaration", "ActionDeclaration").
type stage struct {
	name    string
	actions []action
	raw     object
}

type action struct {
	stage    string
	at       int // which stage
	order    int
	name     string
	category string
	raw      object
}

func (a action) where() string { return "stage " + said(a.stage) + ", action " + said(a.name) }

// prepares says that the action makes a change set, which another one deploys.
func (a action) deploys() bool {
	return a.category == "Deploy" && a.raw.object("configuration").text("ActionMode") != "CHANGE_SET_REPLACE"
}

// before says whether the other action cannot start until this one is done.
func (a action) before(other action) bool {
	return a.at < other.at || a.at == other.at && a.order < other.order
}

func stagesOf(p object) []stage {
	raw := p.objects("stages")
	stages := make([]stage, 0, len(raw))
	for at, s := range raw {
		one := stage{name: s.text("name"), raw: s}
		for _, a := range s.objects("actions") {
			order, err := strconv.Atoi(a.text("runOrder"))
			if err != nil {
				order = 1 // of an action that names none
			}
			one.actions = append(one.actions, action{
				stage: one.name, at: at, order: order, name: a.text("name"), category: a.object("actionTypeId").text("category"), raw: a,
			})
		}
		stages = append(stages, one)
	}
	return stages
}

func actionsOf(stages []stage) []action {
	var all []action
	for _, s := range stages {
		all = append(all, s.actions...)
	}
	return all
}

// pipelines tells what may do harm first.
func pipelines(was, is object) []Difference {
	var l list
	wasStages, isStages := stagesOf(was), stagesOf(is)
	wasActions, isActions := actionsOf(wasStages), actionsOf(isStages)
	l.approvals(wasActions, isActions)
	l.value(Role, "", "service role", was.text("roleArn"), is.text("roleArn"))
	l.stores(was, is)
	l.stages(wasStages, isStages)
	l.actions(wasActions, isActions)
	l.pipelineSettings(was, is)
	return l.all
}

func (l *list) pipelineSettings(was, is object) {
	l.value(Settings, "", "name", was.text("name"), is.text("name"))
	if canonical(was["triggers"]) != canonical(is["triggers"]) {
		l.add(Difference{Kind: Trigger, Sentence: "what starts the pipeline changed: its triggers", mark: mark(canonical(is["triggers"]))})
	}
	l.value(Settings, "", "execution mode", orElse(was.text("executionMode"), "SUPERSEDED"), orElse(is.text("executionMode"), "SUPERSEDED"))
	l.value(Settings, "", "pipeline type", orElse(was.text("pipelineType"), "V1"), orElse(is.text("pipelineType"), "V1"))
	before, after := keyed(was.objects("variables"), "name"), keyed(is.objects("variables"), "name")
	for _, name := range both(before, after) {
		l.variable("pipeline variable "+said(name), before[name], after[name], "")
	}
}

// stores compares artifact stores. A pipeline has one, or one for each region.
func (l *list) stores(was, is object) {
	before, after := storesOf(was), storesOf(is)
	home(before, after)
	home(after, before)
	for _, region := range both(before, after) {
		label, where := "", "artifact store"
		if region != "" {
			label, where = " "+said(region), "artifact store of "+said(region)
		}
		l.value(Artifacts, where, "artifact bucket"+label, before[region].text("location"), after[region].text("location"))
		if before[region] == nil || after[region] == nil {
			continue
		}
		had, has := before[region].object("encryptionKey").text("id"), after[region].object("encryptionKey").text("id")
		if sealing(had) != sealing(has) {
			l.add(Difference{
				Kind: Artifacts, Where: where, Before: said(had), After: said(has),
				Sentence: "artifact key" + label + ": " + said(sealing(had)) + " -> " + said(sealing(has)),
			})
		}
	}
}

// storesOf gives the stores by region; the one of a pipeline that has one alone, by "".
func storesOf(p object) map[string]object {
	out := map[string]object{}
	if one := p.object("artifactStore"); one != nil {
		out[""] = one
	}
	stores := p.object("artifactStores")
	for region := range stores {
		if one := stores.object(region); one != nil {
			out[region] = one
		}
	}
	return out
}

// home gives the one store its region, where the other definition has several: that of the same bucket, whose region does not change.
func home(one, several map[string]object) {
	alone := one[""]
	if alone == nil || len(one) != 1 || several[""] != nil {
		return
	}
	for _, region := range both(several, nil) {
		if several[region].text("location") == alone.text("location") {
			delete(one, "")
			one[region] = alone
			return
		}
	}
}

func (l *list) stages(was, is []stage) {
	before, after := map[string]object{}, map[string]object{}
	var kept, now []string
	for _, s := range was {
		before[s.name] = s.raw
	}
	for _, s := range is {
		after[s.name] = s.raw
		if before[s.name] != nil {
			now = append(now, s.name)
			continue
		}
		l.add(Difference{Kind: Stage, Where: "stage " + said(s.name), After: said(s.name), Sentence: "stage " + said(s.name) + " was added"})
	}
	for _, s := range was {
		if after[s.name] != nil {
			kept = append(kept, s.name)
			l.conditions(s.name, s.raw, after[s.name])
			continue
		}
		l.add(Difference{Kind: Stage, Where: "stage " + said(s.name), Before: said(s.name), Sentence: "stage " + said(s.name) + " was removed"})
	}
	if !slices.Equal(kept, now) {
		l.add(Difference{Kind: Stage, Before: names(kept), After: names(now), Sentence: "stages stand in another order: " + names(kept) + " -> " + names(now)})
	}
}

// conditions are what a stage waits for, or does, besides its actions (AWS CodePipeline API Reference, "StageDeclaration").
func (l *list) conditions(name string, was, is object) {
	for _, c := range []struct{ member, what string }{
		{"beforeEntry", "the conditions for entering stage "}, {"onSuccess", "the conditions for leaving stage "}, {"onFailure", "what follows a failure of stage "},
	} {
		if had, has := canonical(was[c.member]), canonical(is[c.member]); had != has {
			verb := " changed"
			switch {
			case has == "":
				verb = " were removed"
			case had == "":
				verb = " were added"
			}
			if c.member == "onFailure" {
				verb = strings.Replace(verb, "were", "was", 1)
			}
			l.add(Difference{Kind: Stage, Where: "stage " + said(name), Sentence: c.what + said(name) + verb, mark: mark(has)})
		}
	}
}

func names(all []string) string {
	const most = 20
	cut := ""
	if len(all) > most {
		all, cut = all[:most], ", …"
	}
	out := make([]string, 0, len(all))
	for _, name := range all {
		out = append(out, said(name))
	}
	return strings.Join(out, ", ") + cut
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// keyed gives objects by one of their members; of several with the same, the last.
func keyed(all []object, member string) map[string]object {
	out := make(map[string]object, len(all))
	for _, o := range all {
		out[o.text(member)] = o
	}
	return out
}
