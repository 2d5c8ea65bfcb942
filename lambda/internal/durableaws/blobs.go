package durableaws

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/lambda/internal/durable"
)

// Bucket is one Region's bucket. It implements [durable.Bucket].
type Bucket struct {
	Client *s3.Client
	Name   string
}

// BlobName is the key of a blob in both buckets.
func BlobName(key, state string) string { return prefixOf(durable.PartitionOf(key)) + state }

func prefixOf(partition int) string { return contract.BlobPrefix + partitionName(partition) + "/" }

// Put stores a blob once; a bucket that has it already is as good.
func (b Bucket) Put(ctx context.Context, input s3.PutObjectInput) error {
	input.Bucket, input.IfMatch, input.IfNoneMatch = &b.Name, nil, aws.String("*")
	_, err := b.Client.PutObject(ctx, &input)
	if isStatus(err, http.StatusPreconditionFailed) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("store a blob in %s: %w", b.Name, err)
	}
	return nil
}

// Get reads a blob.
func (b Bucket) Get(ctx context.Context, input s3.GetObjectInput) (*s3.GetObjectOutput, error) {
	input.Bucket = &b.Name
	output, err := b.Client.GetObject(ctx, &input)
	if isStatus(err, http.StatusNotFound) && codeOf(err) != "NoSuchBucket" {
		return nil, durable.ErrBlobMissing
	}
	if err != nil {
		return nil, fmt.Errorf("read a blob in %s: %w", b.Name, err)
	}
	return output, nil
}

// Head reads what is stored beside a blob.
func (b Bucket) Head(ctx context.Context, name string) (*s3.HeadObjectOutput, error) {
	output, err := b.Client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &b.Name, Key: &name})
	// S3 gives no code with this answer.
	if isStatus(err, http.StatusNotFound) {
		return nil, durable.ErrBlobMissing
	}
	if err != nil {
		return nil, fmt.Errorf("look at a blob in %s: %w", b.Name, err)
	}
	return output, nil
}

// CopyFrom stores a blob that another Region's bucket has, with everything that is
// stored beside it.
func (b Bucket) CopyFrom(ctx context.Context, other Bucket, name string) error {
	found, err := other.Get(ctx, s3.GetObjectInput{Key: &name})
	if err != nil {
		return err
	}
	defer func() { _ = found.Body.Close() }()
	input := s3.PutObjectInput{
		Key: &name, Body: found.Body, ContentLength: found.ContentLength, Metadata: found.Metadata,
		ContentType: found.ContentType, ContentEncoding: found.ContentEncoding, ContentDisposition: found.ContentDisposition,
		ContentLanguage: found.ContentLanguage, CacheControl: found.CacheControl,
	}
	if expires, err := http.ParseTime(aws.ToString(found.ExpiresString)); err == nil {
		input.Expires = &expires
	}
	return b.Put(ctx, input)
}

// Blobs implements [durable.Bucket].
func (b Bucket) Blobs(ctx context.Context, partition int) (map[string]time.Time, error) {
	prefix := prefixOf(partition)
	found := map[string]time.Time{}
	for pages := s3.NewListObjectsV2Paginator(b.Client, &s3.ListObjectsV2Input{Bucket: &b.Name, Prefix: &prefix}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list the blobs in %s: %w", b.Name, err)
		}
		for _, object := range page.Contents {
			found[strings.TrimPrefix(aws.ToString(object.Key), prefix)] = aws.ToTime(object.LastModified)
		}
	}
	return found, nil
}

// Delete implements [durable.Bucket]. The bytes stay until the bucket's rule for
// noncurrent versions deletes them.
func (b Bucket) Delete(ctx context.Context, partition int, blob string) error {
	if _, err := b.Client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.Name, Key: aws.String(prefixOf(partition) + blob)}); err != nil {
		return fmt.Errorf("delete a blob in %s: %w", b.Name, err)
	}
	return nil
}

func codeOf(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

func isStatus(err error, status int) bool {
	var response *awshttp.ResponseError
	return errors.As(err, &response) && response.HTTPStatusCode() == status
}
