package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// settingsName is what the functions look for beside their binary.
const settingsName = "pipewarden.yaml"

var lineOf = regexp.MustCompile(`(?m)^line (\d+): `)

// readSettings reads and checks the settings file. Its errors name file and line.
func readSettings(file string, c Catalogue) ([]byte, *settings.Settings, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, fmt.Errorf("read settings: %w", err)
	}
	// What is known here is what the functions know: a file that passes here is one that they can read.
	s, err := settings.Load(raw, deployment.Known(c.Checks))
	if err != nil {
		return nil, nil, fmt.Errorf("settings of %s cannot be used:\n%s", file, lineOf.ReplaceAllString(err.Error(), file+":$1: "))
	}
	return raw, s, nil
}

// stage puts the settings beside the binary of every function, so that a function and its settings are one asset.
func stage(build string, raw []byte) error {
	for _, function := range functions {
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
		if err := os.WriteFile(filepath.Join(folder, settingsName), raw, 0o644); err != nil {
			return fmt.Errorf("put settings beside %s: %w", function, err)
		}
	}
	return nil
}
