package evidence

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
)

// The IAM actions that a bucket takes: of who writes records, of who seals, on the objects and on the bucket, and of who verifies.
var (
	WriteActions  = []string{"s3:PutObject"}
	ObjectActions = []string{"s3:GetObject", "s3:PutObject"}
	ListActions   = []string{"s3:ListBucket"}
	ReadActions   = []string{"s3:GetObject", "s3:ListBucket"}
)

type bucket struct {
	client       *s3.Client
	name, prefix string
}

// NewBucket is evidence in a bucket, below a prefix; "": in all of the bucket.
func NewBucket(cfg aws.Config, name, prefix string) Store {
	if prefix = strings.Trim(prefix, "/"); prefix != "" {
		prefix += "/"
	}
	return &bucket{client: s3.NewFromConfig(cfg), name: name, prefix: prefix}
}

// tries is how often a writing is tried that met another one of the same name (Amazon S3 API Reference, PutObject: 409 Conflict).
const tries = 3

func (b *bucket) Create(ctx context.Context, name, contentType string, body []byte) error {
	sum := sha256.Sum256(body)
	var err error
	for range tries {
		_, err = b.client.PutObject(ctx, &s3.PutObjectInput{
			Bucket: &b.name, Key: aws.String(b.prefix + name), Body: bytes.NewReader(body), ContentType: &contentType, IfNoneMatch: aws.String("*"),
			ChecksumAlgorithm: types.ChecksumAlgorithmSha256, ChecksumSHA256: aws.String(base64.StdEncoding.EncodeToString(sum[:])),
		})
		if !awserr.IsConflict(err) {
			break
		}
	}
	switch {
	case awserr.Is(err, "PreconditionFailed"):
		return fmt.Errorf("write %s: %w", name, fs.ErrExist)
	case err != nil:
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

func (b *bucket) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	out, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: aws.String(b.prefix + name)})
	switch {
	case awserr.Is(err, "NoSuchKey"):
		return nil, fmt.Errorf("read %s: %w", name, fs.ErrNotExist)
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return out.Body, nil
}

func (b *bucket) List(ctx context.Context, prefix string) iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		for pages := s3.NewListObjectsV2Paginator(b.client, &s3.ListObjectsV2Input{Bucket: &b.name, Prefix: aws.String(b.prefix + prefix)}); pages.HasMorePages(); {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(File{}, fmt.Errorf("list %s: %w", prefix, err))
				return
			}
			for _, one := range page.Contents {
				name := strings.TrimPrefix(aws.ToString(one.Key), b.prefix)
				if strings.HasSuffix(name, "/") && aws.ToInt64(one.Size) == 0 {
					continue // what the console makes for a folder
				}
				if !yield(File{Name: name, Size: aws.ToInt64(one.Size)}, nil) {
					return
				}
			}
		}
	}
}
