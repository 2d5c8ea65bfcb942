package main

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/regionpair/regionpair/lambda/internal/problem"
)

func (a *api) get(w http.ResponseWriter, r *http.Request, key string) {
	output, err := a.read(r.Context(), r.Header, key)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	defer func() { _ = output.Body.Close() }()
	if aws.ToInt64(output.ContentLength) > maxBodyBytes {
		a.redirect(w, r, key)
		return
	}
	body, err := io.ReadAll(io.LimitReader(output.Body, maxBodyBytes+1))
	if err != nil {
		a.fail(w, r, err)
		return
	}
	writeObjectHeader(w.Header(), objectOf(output, len(body)))
	if output.ContentRange != nil {
		w.Header().Set("Content-Range", *output.ContentRange)
		w.WriteHeader(http.StatusPartialContent)
	}
	_, _ = w.Write(body)
}

func objectOf(output *s3.GetObjectOutput, length int) object {
	return object{
		etag: output.ETag, contentType: output.ContentType, contentEncoding: output.ContentEncoding, modified: output.LastModified,
		length: int64(length), metadata: output.Metadata,
		cacheControl: output.CacheControl, disposition: output.ContentDisposition, language: output.ContentLanguage, expires: output.ExpiresString,
	}
}

// read asks for the object, or for a range of it. A range that is meant for
// another state of the object (If-Range, which S3 does not know) is ignored:
// the client would otherwise join parts that do not belong together.
func (a *api) read(ctx context.Context, header http.Header, key string) (*s3.GetObjectOutput, error) {
	input := &s3.GetObjectInput{Bucket: &a.bucket, Key: &key, Range: optional(header.Get("Range"))}
	validator := header.Get("If-Range")
	if !isConditional(header) && (input.Range == nil || validator == "") {
		return a.client.GetObject(ctx, input)
	}
	current, err := a.look(ctx, key)
	if err != nil {
		return nil, err
	}
	if err := mustHold(header, validatorsOf(current)); err != nil {
		return nil, err
	}
	if validator != "" && !isValidatorOf(validator, validatorsOf(current)) {
		input.Range = nil
	}
	input.IfMatch = current.ETag
	output, err := a.client.GetObject(ctx, input)
	if _, status := codeOf(err); status == http.StatusPreconditionFailed {
		return nil, &unmet{status: http.StatusConflict}
	}
	return output, err
}

func isValidatorOf(validator string, current validators) bool {
	if modified := timeOf(validator); modified != nil {
		return modified.Equal(aws.ToTime(current.modified).Truncate(time.Second))
	}
	return validator == current.etag
}

func (a *api) head(w http.ResponseWriter, r *http.Request, key string) {
	output, err := a.look(r.Context(), key)
	if err == nil {
		err = mustHold(r.Header, validatorsOf(output))
	}
	if err != nil {
		a.fail(w, r, err)
		return
	}
	writeObjectHeader(w.Header(), object{
		etag: output.ETag, contentType: output.ContentType, contentEncoding: output.ContentEncoding, modified: output.LastModified,
		length: aws.ToInt64(output.ContentLength), metadata: output.Metadata,
		cacheControl: output.CacheControl, disposition: output.ContentDisposition, language: output.ContentLanguage, expires: output.ExpiresString,
	})
	w.WriteHeader(http.StatusOK)
}

// redirect sends the caller to the bucket itself with an object that is too
// large for a Lambda answer. The URL carries its own permission.
func (a *api) redirect(w http.ResponseWriter, r *http.Request, key string) {
	signed, err := a.presign.PresignGetObject(r.Context(), &s3.GetObjectInput{Bucket: &a.bucket, Key: &key}, s3.WithPresignExpires(presignedFor))
	if err != nil {
		a.fail(w, r, err)
		return
	}
	redirectTo(w, r, signed.URL)
}

func redirectTo(w http.ResponseWriter, r *http.Request, url string) {
	w.Header().Set("Location", url)
	problem.Write(w, r, problem.Problem{
		Status: http.StatusSeeOther,
		Title:  "See Other",
		Detail: "the object is too large to pass through the API: follow Location without the Authorization header, or ask for a Range of at most " + strconv.Itoa(maxBodyBytes) + " bytes",
	})
}

// object is what headers say about one.
type object struct {
	etag, contentType, contentEncoding *string
	modified                           *time.Time
	length                             int64
	metadata                           map[string]string

	cacheControl, disposition, language, expires *string
}

func writeObjectHeader(header http.Header, o object) {
	header.Set("ETag", etagOf(o.metadata, o.etag))
	header.Set("Accept-Ranges", "bytes")
	// API Gateway counts what it sends itself, which for HEAD is nothing.
	header.Set("X-Object-Size", strconv.FormatInt(o.length, 10))
	contentType := aws.ToString(o.contentType)
	if contentType == "" {
		contentType = "application/octet-stream"
	}
	header.Set("Content-Type", contentType)
	for name, value := range map[string]*string{
		"Content-Encoding": o.contentEncoding, "Content-Disposition": o.disposition, "Content-Language": o.language,
		"Cache-Control": o.cacheControl, "Expires": o.expires,
	} {
		if value != nil {
			header.Set(name, *value)
		}
	}
	if o.modified != nil {
		header.Set("Last-Modified", o.modified.UTC().Format(http.TimeFormat))
	}
	writeMetadata(header, o.metadata)
}

// timeOf returns nil for a date that cannot be read, which RFC 9110 says to
// ignore.
func timeOf(value string) *time.Time {
	t, err := http.ParseTime(value)
	if err != nil {
		return nil
	}
	return &t
}
