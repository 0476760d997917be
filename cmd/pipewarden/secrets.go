package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/klauspost/compress/gzip"
	"github.com/spf13/cobra"

	"github.com/pipewarden/pipewarden/shared/report"
	"github.com/pipewarden/pipewarden/shared/secret"
)

// secretLine is what --format json prints of each secret.
type secretLine struct {
	Rule        string `json:"rule"`
	Line        int    `json:"line"`
	Masked      string `json:"masked"`
	Fingerprint string `json:"fingerprint"`
}

func (p *program) secretsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "secrets FILE|-",
		Short: "Find secrets in a text, such as a build's log, offline",
		Long: `Find secrets in a text of any length: a build's log, a buildspec, a script. Text may be gzipped, as CodeBuild's logs in S3 are.
Each is told by the rule that found it and by its line. Of the secret itself at most the first 4 characters are shown, and a
fingerprint that is the same wherever the same secret is found. With --format json each is one line of JSON.

Nothing is asked of AWS or of anybody else: whether a secret is still in use is not known here.

Exit codes: 0 it ran, whatever it found, 2 the text could not be read.`,
		Example: `  pipewarden secrets build.log
  pipewarden secrets --format json build.log.gz | jq -r .rule | sort | uniq -c
  aws logs tail /aws/codebuild/payments-api --since 1h --format short | pipewarden secrets -`,
		Args: takes(1, 1, "a text's file, or - for the standard input,"),
	}
	format := formatFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return p.secrets(cmd.Context(), args[0], format.value)
	}
	return cmd
}

func (p *program) secrets(ctx context.Context, file, format string) error {
	in, err := p.open(file)
	if err != nil {
		return fmt.Errorf("secrets: %w", err)
	}
	text, err := unzipped(stoppable{ctx, in})
	if err == nil {
		err = buffered(p.out, func(out io.Writer) error { return tellSecrets(out, text, format) })
	}
	if err != nil {
		err = fmt.Errorf("secrets: %s: %w", file, err)
	}
	return errors.Join(err, in.Close())
}

// open opens a file, or the standard input for "-".
func (p *program) open(file string) (io.ReadCloser, error) {
	if file == "-" {
		return io.NopCloser(p.in), nil
	}
	f, err := os.Open(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s: no such file. Name one that is there, or - for the standard input", file)
	}
	if of, ok := errors.AsType[*os.PathError](err); ok {
		return nil, fmt.Errorf("%s: %w", file, of.Err)
	}
	return f, err
}

// stoppable reads until somebody wants to stop.
type stoppable struct {
	ctx  context.Context
	from io.Reader
}

func (s stoppable) Read(into []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.from.Read(into)
}

// unzipped is the text, which may be gzipped.
func unzipped(in io.Reader) (io.Reader, error) {
	buffer := bufio.NewReader(in)
	if magic, _ := buffer.Peek(2); string(magic) != "\x1f\x8b" {
		return buffer, nil // an error comes again with the first reading
	}
	return gzip.NewReader(buffer)
}

// secretRows is how many rows of a table are laid out together.
const secretRows = 1000

func tellSecrets(out io.Writer, text io.Reader, format string) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	header := []string{"LINE", "RULE", "BEGINS", "FINGERPRINT"}
	var rows [][]string
	var broken error
	count := 0
	err := secret.Scan(text, func(f secret.Found) {
		count++
		if format == asJSON {
			broken = errors.Join(broken, encoder.Encode(secretLine{f.Rule, f.Line, f.Masked, f.Fingerprint}))
			return
		}
		if rows = append(rows, []string{strconv.Itoa(f.Line), f.Rule, report.Plain(f.Masked), f.Fingerprint}); len(rows) == secretRows {
			broken, rows = errors.Join(broken, report.Columns(out, header, rows)), rows[:0]
		}
	})
	if format == asJSON {
		return errors.Join(err, broken)
	}
	if len(rows) > 0 {
		broken = errors.Join(broken, report.Columns(out, header, rows), line(out, ""))
	}
	return errors.Join(err, broken, line(out, capital(counted(count, "secret"))+" found."))
}
