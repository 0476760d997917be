package announce

import (
	"net/url"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
)

// Report is a report that was written: where it is, and the sentences that it comes to.
type Report struct {
	Title          string // "weekly report, 2026-11-23 to 2026-11-29"
	Lines          []string
	Bucket, Folder string // the folder without a slash at its end
	Page           string // the file in it to open first
	Region         string // of the bucket
	Worst          finding.Severity
	Until          time.Time // the day until which it is kept; zero: not known
}

// ReportOf words the message that a report is there. Its address shows the report to nobody: it leads to the console, where whoever opens it is
// asked for credentials of their own, and to an object that is deleted some day.
func ReportOf(r Report, from Sender) (Message, error) {
	l := generous
	where := []string{indent + r.address(from.Partition), run + "aws s3 cp --recursive s3://" + r.Bucket + "/" + r.Folder + " " + r.Folder[strings.LastIndexByte(r.Folder, '/')+1:]}
	kept := "It takes the right to read the bucket " + r.Bucket + ", and its key."
	if !r.Until.IsZero() {
		kept += " The report is kept until " + r.Until.UTC().Format(time.DateOnly) + ", and the address leads nowhere afterwards."
	}
	lines := make([]string, 0, len(r.Lines))
	for _, line := range r.Lines {
		lines = append(lines, cut(visible(line), l.text))
	}
	return statement{
		kind: Written, status: "REPORT", severity: r.Worst, title: clean(r.Title, l.text),
		sections: []Section{
			{Lines: lines},
			{Heading: "Read it", Lines: where},
			{Lines: []string{kept}},
		},
	}.message(from)
}

// address is the page of the console that shows the object (Amazon S3 User Guide, "Viewing object properties"); the object's own address where the
// console's is not known.
func (r Report) address(partition string) string {
	host, key := consoles[first(partition, "aws")], r.Folder+"/"+r.Page
	if host == "" || !regionForm.MatchString(r.Region) {
		return "s3://" + r.Bucket + "/" + key
	}
	return "https://" + r.Region + "." + host + "/s3/object/" + url.PathEscape(r.Bucket) + "?region=" + r.Region + "&prefix=" + url.QueryEscape(key)
}
