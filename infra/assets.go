package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"github.com/pipewarden/pipewarden/shared/blueprint"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/settings"
)

var lineOf = regexp.MustCompile(`(?m)^line (\d+): `)

// readSettings reads and checks the settings file. Its errors name file and line.
func readSettings(file string, c blueprint.Catalogue) (*settings.Settings, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	s, err := settings.Load(raw, deployment.Known(c.Checks))
	if err != nil {
		return nil, fmt.Errorf("settings of %s cannot be used:\n%s", file, lineOf.ReplaceAllString(err.Error(), file+":$1: "))
	}
	return s, nil
}

// stage puts the settings beside the binary of every function, so that a function and its settings are one asset, and beside the remediator's
// the rules, so that it can put them back, and beside the exporter's and the publisher's what is to be known of the checks.
func stage(build string, s *settings.Settings, c blueprint.Catalogue, plan *blueprint.Plan) error {
	raw, err := settings.Pack(s)
	if err != nil {
		return err
	}
	for _, function := range plan.Deployed() {
		folder := filepath.Join(build, function)
		info, err := os.Stat(filepath.Join(folder, "bootstrap"))
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s/bootstrap is missing: run make build", folder)
		}
		if err != nil {
			return fmt.Errorf("look at %s/bootstrap: %w", folder, err)
		}
		if !info.Mode().IsRegular() || info.Mode().Perm()&0o111 == 0 {
			return fmt.Errorf("%s/bootstrap is not an executable file: run make build", folder)
		}
		if err := os.WriteFile(filepath.Join(folder, deployment.SettingsName), raw, 0o644); err != nil {
			return fmt.Errorf("put settings beside %s: %w", function, err)
		}
	}
	return stageKnowledge(build, s, c, plan)
}

// stageKnowledge puts beside a binary what only its function is to know.
func stageKnowledge(build string, s *settings.Settings, c blueprint.Catalogue, plan *blueprint.Plan) error {
	patterns := map[string]any{}
	for _, rule := range plan.Rules {
		patterns[rule.Name()] = rule.Pattern
	}
	for _, one := range []struct {
		function, name string
		value          any
	}{
		{blueprint.Remediator, deployment.RulesName, patterns},
		{blueprint.Exporter, deployment.StandardsName, blueprint.Standards(c.Checks)},
		{blueprint.Publisher, deployment.ChecksName, deployment.Briefs(deployment.On(c.Checks, s))},
	} {
		if plan.Functions[one.function] == nil {
			continue
		}
		if err := beside(build, one.function, one.name, one.value); err != nil {
			return err
		}
	}
	return nil
}

// beside puts a file of JSON beside a function's binary.
func beside(build, function, name string, value any) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode %s: %w", name, err)
	}
	if err := os.WriteFile(filepath.Join(build, function, name), raw, 0o644); err != nil {
		return fmt.Errorf("put %s beside %s: %w", name, function, err)
	}
	return nil
}
