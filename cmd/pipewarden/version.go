package main

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (p *program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version, and how many checks and remedies it knows",
		Example: "  pipewarden version",
		Args:    takes(0, 0, "nothing"),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(p.out, "pipewarden %s, %s, %s\n", version(), counted(len(p.checks), "check"), numbered(len(p.remedies)))
			return err
		},
	}
}

func numbered(n int) string {
	if n == 1 {
		return "1 remedy"
	}
	return thousands(n) + " remedies"
}

// version is the module's, for people.
func version() string {
	if v := release(); v != "" {
		return v
	}
	return "of unknown version"
}

// release is the module's version, as the Go toolchain wrote it into the binary; "" when it did not.
func release() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	return info.Main.Version
}
