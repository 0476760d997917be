package bucket

import (
	"errors"
	"strings"

	"github.com/pipewarden/pipewarden/shared/resource"
)

// logsFolder is the folder of every trail's files, below the prefix that the trail names (CloudTrail User Guide, "Finding your CloudTrail log
// files"): PREFIX/AWSLogs/[ORGANISATION/]ACCOUNT/CloudTrail/…, and CloudTrail-Digest beside it. Other services write there too.
const logsFolder = "AWSLogs/"

var errUnseen = errors.New("no trail that is seen from here delivers to it, so the prefix of the files is not known")

// needsPlace says that a rule's prefix alone does not show whether a trail's files lie below it.
func needsPlace(prefix string) bool { return prefix != "" && !strings.HasPrefix(prefix, logsFolder) }

// Reaches says whether the rule holds for files of trails, all of them or some.
func (s LifecycleState) Reaches(x Expiry) resource.Fact[bool] {
	if x.Prefix == "" {
		return resource.Known(true)
	}
	if below, known := s.Prefixes.Get(); known && len(below) > 0 {
		for _, prefix := range below {
			if overlaps(x.Prefix, prefix) {
				return resource.Known(true)
			}
		}
		return resource.Known(false)
	}
	if at := strings.Index("/"+x.Prefix, "/"+logsFolder); at >= 0 {
		return resource.Known(isTrails(x.Prefix[at+len(logsFolder):]))
	}
	if s.Prefixes.Err() != nil {
		return resource.Unlearned[bool](s.Prefixes.Err())
	}
	return resource.Unlearned[bool](errUnseen)
}

// overlaps says whether one of the two lies below the other: what a rule holds for, and what a trail writes below its prefix.
func overlaps(rule, trails string) bool {
	folder := logsFolder
	if trails != "" {
		folder = trails + "/" + logsFolder
	}
	if rest, below := strings.CutPrefix(rule, folder); below {
		return isTrails(rest)
	}
	return strings.HasPrefix(folder, rule)
}

// isTrails looks at what follows logsFolder in the prefix of a rule. Its last part may be cut anywhere, since prefixes know no folders.
func isTrails(rest string) bool {
	if strings.HasPrefix(rest, "o-") {
		_, rest, _ = strings.Cut(rest, "/")
	}
	_, of, whole := strings.Cut(rest, "/")
	const writer = "CloudTrail"
	return !whole || strings.HasPrefix(of, writer) || strings.HasPrefix(writer, of)
}
