package iam

import (
	"encoding/xml"
	"net/http"

	"github.com/regionpair/regionpair/internal/localcloud/objectstore"
	"github.com/regionpair/regionpair/internal/localcloud/signature"
)

// bucketActions are the actions of a bucket's subresources, to read and to
// write.
var bucketActions = map[string][2]string{
	"replication": {"s3:GetReplicationConfiguration", "s3:PutReplicationConfiguration"},
	"versioning":  {"s3:GetBucketVersioning", "s3:PutBucketVersioning"},
	"location":    {"s3:GetBucketLocation", ""},
	"versions":    {"s3:ListBucketVersions", ""},
	"policy":      {"s3:GetBucketPolicy", "s3:PutBucketPolicy"},
	"encryption":  {"s3:GetEncryptionConfiguration", "s3:PutEncryptionConfiguration"},
}

// s3 is what a request to S3 asks for. Whoever reads or writes an object needs
// its key as well: S3 asks KMS in the caller's name.
func (s Service) s3(r *http.Request) ([]Call, error) {
	bucket, key := objectstore.Target(r, "s3."+s.Region+".amazonaws.com")
	if bucket == "" {
		return one("s3:ListAllMyBuckets", "*"), nil
	}
	arn, query := "arn:aws:s3:::"+bucket, r.URL.Query()
	if key == "" {
		passed, err := passedRole(r)
		return append([]Call{{Action: bucketAction(r), Resource: arn, Context: map[string]string{"s3:prefix": query.Get("prefix")}}}, passed...), err
	}
	suffix := ""
	if query.Has("versionId") {
		suffix = "Version"
	}
	object := func(action string) Call { return Call{Action: "s3:" + action + suffix, Resource: arn + "/" + key} }
	switch r.Method {
	case http.MethodGet:
		return append([]Call{object("GetObject")}, s.keyCalls(bucket, key, "kms:Decrypt")...), nil
	case http.MethodHead:
		return []Call{object("GetObject")}, nil
	case http.MethodDelete:
		return []Call{object("DeleteObject")}, nil
	}
	suffix = ""
	return append([]Call{object("PutObject")}, s.keyCalls(bucket, "", "kms:GenerateDataKey")...), nil
}

// passedRole is the right to hand S3 the role that replicates.
func passedRole(r *http.Request) ([]Call, error) {
	if r.Method != http.MethodPut || !r.URL.Query().Has("replication") {
		return nil, nil
	}
	body, err := signature.Peek(r)
	if err != nil {
		return nil, err
	}
	var configuration struct{ Role string }
	if xml.Unmarshal(body, &configuration) != nil { //nolint:gosec // one text, of a local caller
		return nil, nil
	}
	return one("iam:PassRole", configuration.Role), nil
}

func bucketAction(r *http.Request) string {
	for name := range r.URL.Query() {
		if actions, known := bucketActions[name]; known {
			if r.Method == http.MethodGet || r.Method == http.MethodHead {
				return actions[0]
			}
			return actions[1]
		}
	}
	switch r.Method {
	case http.MethodPut:
		return "s3:CreateBucket"
	case http.MethodDelete:
		return "s3:DeleteBucket"
	}
	return "s3:ListBucket"
}

func (s Service) keyCalls(bucket, object, action string) []Call {
	key := s.BucketKey(bucket, object)
	if key == "" {
		return nil
	}
	return []Call{{Action: action, Resource: key, Context: map[string]string{
		"kms:viaservice":                   "s3." + s.Region + ".amazonaws.com",
		"kms:encryptioncontext:aws:s3:arn": "arn:aws:s3:::" + bucket,
	}}}
}
