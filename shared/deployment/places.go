package deployment

import (
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/engine"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// places gives what settings say for a place; nil where they say the same for all.
func places(s *settings.Settings) func(engine.Place) ([]engine.Local, string) {
	if len(s.Overrides) == 0 {
		return nil
	}
	return func(at engine.Place) ([]engine.Local, string) {
		held, unsure := s.At(settings.Place{Account: at.Account, Tags: at.Tags, NoTags: at.NoTags, OUs: at.Units, NoOUs: at.NoUnits})
		possible := make([]engine.Local, 0, len(held))
		for _, h := range held {
			possible = append(possible, engine.Local{Options: check.Options(h.Options), Off: h.Off})
		}
		return possible, unsure
	}
}
