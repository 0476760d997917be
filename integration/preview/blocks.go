package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/slack"
)

// shown are the members of each kind of block, element and text that the page shows, or knowingly does not. Anything else is an error: a picture
// that leaves something out would say that it is not there.
var shown = map[string]string{
	"header": "text", "section": "text fields accessory", "rich_text": "elements", "actions": "block_id elements", "context": "elements", "divider": "",
	"rich_text_section": "elements", "rich_text_preformatted": "elements border", "text": "text style",
	"plain_text": "text emoji", "mrkdwn": "text verbatim", "button": "text action_id value url style confirm",
}

// blocks are a post's blocks as Slack gets them.
func blocks(p slack.Post) ([]any, error) {
	raw, err := json.Marshal(p.Blocks)
	if err != nil {
		return nil, fmt.Errorf("encode blocks: %w", err)
	}
	var all []any
	if err := json.Unmarshal(raw, &all); err != nil {
		return nil, fmt.Errorf("decode blocks: %w", err)
	}
	return all, known(all)
}

// known refuses what the page would leave out.
func known(v any) error {
	switch v := v.(type) {
	case []any:
		for _, one := range v {
			if err := known(one); err != nil {
				return err
			}
		}
	case map[string]any:
		return knownObject(v)
	}
	return nil
}

func knownObject(o map[string]any) error {
	kind, _ := o["type"].(string)
	members, ok := shown[kind]
	if !ok {
		return fmt.Errorf("the page shows no %q", kind)
	}
	for _, name := range slices.Sorted(maps.Keys(o)) {
		switch {
		case name == "type" || name == "confirm": // a dialog, which opens when the button is pressed
		case !slices.Contains(strings.Fields(members), name):
			return fmt.Errorf("the page shows no %q of a %s", name, kind)
		case name == "style":
			if err := knownStyle(o[name]); err != nil {
				return err
			}
		default:
			if err := known(o[name]); err != nil {
				return err
			}
		}
	}
	return nil
}

func knownStyle(v any) error {
	switch v := v.(type) {
	case string: // of a button
		if v == "primary" || v == "danger" {
			return nil
		}
	case map[string]any: // of a text
		if len(v) == 1 && v["bold"] == true {
			return nil
		}
	}
	return fmt.Errorf("the page shows no style %v", v)
}
