package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/evidence"
)

// verifying is one run of verify.
type verifying struct {
	*program
	where    string // as it was typed
	region   string
	from, to string
	keys     []string
	format   *choice

	work  evidence.Verification
	close func() error
}

func (p *program) verifyCommand() *cobra.Command {
	v := &verifying{program: p, close: func() error { return nil }}
	cmd := &cobra.Command{
		Use:   "verify DIR|s3://BUCKET[/PREFIX]",
		Short: "Verify that evidence is complete and unaltered, with the public key alone",
		Long: `Verify that evidence is complete and unaltered: that every day has a manifest which the key signed and which follows on the one
before it, and that every object is there and is what its manifest says. Each one that is missing, was added or altered is named, and
so is every gap in the days. Days that are not sealed yet are told of, and are no fault.

A folder is a copy of the bucket (aws s3 sync s3://BUCKET DIR), and takes neither AWS nor a network. A bucket takes s3:ListBucket and
s3:GetObject. Nothing is written anywhere. docs/evidence says how to do the same with openssl, jq and sha256sum.

Without --key, the keys that lie beside the evidence are taken. Whoever altered the evidence could have replaced those too: compare the
fingerprint with one that you got another way, or give the key.

Exit codes: 0 all is well, 1 something is wrong, 2 it could not be verified.`,
		Example: `  pipewarden verify evidence/ --key public-key.pem
  pipewarden verify s3://pipewarden-evidence-111122223333 --from 2026-11-01 --to 2026-11-30
  pipewarden verify evidence/ --format json | jq -r '.problems[].name'`,
		Args: takes(1, 1, "a folder, or s3://BUCKET,"),
	}
	v.format = formatFlag(cmd)
	flags := cmd.Flags()
	flags.StringVar(&v.from, "from", "", "the first `DAY`, as 2026-11-01 (default: the first that is sealed)")
	flags.StringVar(&v.to, "to", "", "the last `DAY` (default: the last that is sealed)")
	flags.StringArrayVar(&v.keys, "key", nil, "the `FILE` with a public key in PEM; may be given again for a key that took its place")
	flags.StringVar(&v.region, "region", "", "the `REGION` of the bucket (default: the profile's)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		v.where = args[0]
		return errors.Join(v.run(cmd.Context()), v.close())
	}
	return cmd
}

func (v *verifying) run(ctx context.Context) error {
	if err := errors.Join(v.day("--from", v.from, &v.work.From), v.day("--to", v.to, &v.work.To)); err != nil {
		return err
	}
	if v.work.From != "" && v.work.To != "" && v.work.From > v.work.To {
		return fmt.Errorf("verify: --from %s is after --to %s", v.from, v.to)
	}
	if err := v.source(ctx); err != nil {
		return err
	}
	if err := v.trust(ctx); err != nil {
		return err
	}
	v.work.Today = evidence.DayOf(v.now())
	var read atomic.Int64
	v.work.Progress = func(objects int) { read.Add(int64(objects)) }
	bar := v.progress("Verifying", -1, "object", &read, &read)
	result, err := v.work.Verify(ctx)
	bar.stop()
	if err != nil {
		return v.why(err)
	}
	return v.tell(result)
}

func (v *verifying) day(flag, text string, day *evidence.Day) (err error) {
	if text == "" {
		return nil
	}
	if *day, err = evidence.ParseDay(text); err != nil {
		return fmt.Errorf("verify: %s %q is no day: write it as 2026-11-30", flag, text)
	}
	return nil
}

// source opens the evidence. What lies outside of a folder is not read, whatever links there are in it.
func (v *verifying) source(ctx context.Context) error {
	if rest, ok := strings.CutPrefix(v.where, "s3://"); ok {
		bucket, prefix, _ := strings.Cut(rest, "/")
		if bucket == "" {
			return fmt.Errorf("verify: %s names no bucket. Write it as s3://BUCKET, or s3://BUCKET/PREFIX", v.where)
		}
		who, err := v.signIn(ctx, "verify", v.region)
		if err != nil {
			return err
		}
		v.work.Source = evidence.NewBucket(who.cfg, bucket, prefix)
		return nil
	}
	root, err := os.OpenRoot(v.where)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("verify: %s: no such folder. Name the one that holds manifests/ and records/", v.where)
	}
	if err != nil {
		return v.why(err)
	}
	v.work.Source, v.close = evidence.NewFolder(root.FS()), root.Close
	return nil
}

// trust reads the keys that were given, or takes those beside the evidence.
func (v *verifying) trust(ctx context.Context) error {
	for _, file := range v.keys {
		text, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("verify: --key %s: no such file", file)
		}
		if err != nil {
			return fmt.Errorf("verify: --key: %w", err)
		}
		key, err := evidence.DecodeKey(text)
		if err != nil {
			return fmt.Errorf("verify: --key %s: %w", file, err)
		}
		v.work.Keys = append(v.work.Keys, key)
	}
	if len(v.keys) > 0 {
		return nil
	}
	key, err := evidence.BesideKey(ctx, v.work.Source)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("verify: there is no %s in %s. Name the key: --key FILE", evidence.PublicKey, v.where)
	}
	if err != nil {
		return v.why(err)
	}
	v.work.Keys, v.work.Beside = []evidence.Key{key}, true
	return nil
}

// why says what could not be read, and what that takes.
func (v *verifying) why(err error) error {
	var path *fs.PathError
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, evidence.ErrNothingSealed):
		return fmt.Errorf("verify: there is no manifest in %s, so that nothing can be verified. Name the place that holds manifests/ and records/; "+
			"the first day is sealed in the night after it", v.where)
	case awserr.Code(err) != "" || awserr.IsPassing(err):
		return fmt.Errorf("verify: %s: %s. It takes s3:ListBucket and s3:GetObject, and kms:Decrypt with the key of the bucket", v.where, awserr.Reason(err))
	case errors.As(err, &path):
		return fmt.Errorf("verify: %s: %w", filepath.Clean(v.where), path.Err)
	}
	return fmt.Errorf("verify: %s: %w", v.where, err)
}
