package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/lambda/internal/problem"
)

const (
	defaultLimit = 100
	maxLimit     = 1000
)

// page is a part of the list of objects, in the order of their keys.
type page struct {
	Objects []entry `json:"objects"`
	// Cursor of the next page; absent on the last one.
	Cursor string `json:"cursor,omitempty"`
}

// entry of a list. Lists of S3 do not show the metadata that ETags are made of, so
// that only synchronous objects have one here.
type entry struct {
	Key          string    `json:"key"`
	Size         int64     `json:"size"`
	LastModified time.Time `json:"lastModified"`
	ETag         string    `json:"etag,omitempty"`
}

func (a *api) list(w http.ResponseWriter, r *http.Request) {
	query, err := readListQuery(r.URL.Query().Get)
	if err != nil {
		problem.Write(w, r, problem.Problem{Status: http.StatusBadRequest, Detail: err.Error()})
		return
	}
	output, err := a.client.ListObjectsV2(r.Context(), &s3.ListObjectsV2Input{
		Bucket:     &a.bucket,
		Prefix:     optional(query.prefix),
		StartAfter: optional(query.after),
		MaxKeys:    &query.limit,
		// XML cannot hold every character of a key: one such key would make
		// the whole list unreadable.
		EncodingType: types.EncodingTypeUrl,
	})
	if err != nil {
		a.fail(w, r, err)
		return
	}
	result, err := newPage(output)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	writeJSON(w, r, http.StatusOK, result)
}

func newPage(output *s3.ListObjectsV2Output) (page, error) {
	result, last := page{Objects: []entry{}}, ""
	for _, object := range output.Contents {
		key, err := decodeKey(aws.ToString(object.Key), output.EncodingType)
		if err != nil {
			return page{}, err
		}
		last = key
		if strings.HasPrefix(key, contract.MarkerPrefix) {
			continue
		}
		result.Objects = append(result.Objects, entry{
			Key: key, Size: aws.ToInt64(object.Size), LastModified: aws.ToTime(object.LastModified).UTC(),
		})
	}
	if aws.ToBool(output.IsTruncated) && last != "" {
		result.Cursor = encodeCursor(last)
	}
	return result, nil
}

// decodeKey reads a key as the server says that it has encoded it: not every
// one that speaks S3's protocol does.
func decodeKey(key string, encoding types.EncodingType) (string, error) {
	if encoding != types.EncodingTypeUrl {
		return key, nil
	}
	decoded, err := url.QueryUnescape(key)
	if err != nil {
		return "", fmt.Errorf("decode a listed key: %w", err)
	}
	return decoded, nil
}

type listQuery struct {
	prefix, after string
	limit         int32
}

func readListQuery(get func(string) string) (listQuery, error) {
	query := listQuery{prefix: get("prefix"), limit: defaultLimit}
	var problems []error
	if text := get("limit"); text != "" {
		limit, err := strconv.Atoi(text)
		if err != nil || limit < 1 || limit > maxLimit {
			problems = append(problems, fmt.Errorf("limit must be a number from 1 to %d, got %q", maxLimit, text))
		}
		query.limit = int32(limit) //nolint:gosec // used only when it is in range
	}
	if len(query.prefix) > maxKeyBytes || !utf8.ValidString(query.prefix) {
		problems = append(problems, fmt.Errorf("prefix must be UTF-8 of at most %d bytes", maxKeyBytes))
	}
	after, err := decodeCursor(get("cursor"))
	if err != nil {
		problems = append(problems, err)
	}
	query.after = after
	return query, errors.Join(problems...)
}

// encodeCursor makes a cursor of the last key of a page. S3's own continuation
// tokens mean nothing in the other Region: a list that was begun before a
// failover can be continued after it.
func encodeCursor(key string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(key))
}

func decodeCursor(cursor string) (string, error) {
	key, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(key) > maxKeyBytes || !utf8.Valid(key) {
		return "", errors.New("cursor must be one that an earlier page returned")
	}
	return string(key), nil
}
