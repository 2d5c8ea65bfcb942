package main

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// listing lists the resources of a type by their physical ids.
type listing func(ctx context.Context, e *emulator) ([]string, error)

// listings are the types that are looked for after the destruction: what costs,
// what runs, and what holds data or a name. To the emulator a secret's physical
// id is its name, to AWS its ARN.
var listings = map[string]listing{
	"AWS::ApiGateway::DomainName":          inJSON(request{service: "apigateway", path: "/domainnames"}, "item", "domainName"),
	"AWS::ApiGateway::RestApi":             inJSON(request{service: "apigateway", path: "/restapis"}, "item", "id"),
	"AWS::CertificateManager::Certificate": inJSON(request{service: "acm", path: "/", target: "CertificateManager.ListCertificates", body: "{}"}, "CertificateSummaryList", "CertificateArn"),
	"AWS::CloudWatch::Alarm":               inXML(request{service: "monitoring", path: "/", body: "Action=DescribeAlarms"}, "AlarmName"),
	"AWS::Cognito::UserPool":               inJSON(request{service: "cognito-idp", path: "/", target: "AWSCognitoIdentityProviderService.ListUserPools", body: `{"MaxResults":60}`}, "UserPools", "Id"),
	"AWS::DynamoDB::GlobalTable":           listTables,
	"AWS::IAM::Role":                       inXML(request{service: "iam", path: "/", body: "Action=ListRoles"}, "RoleName"),
	"AWS::KMS::Key":                        listKeys,
	"AWS::Lambda::Function":                inJSON(request{service: "lambda", path: "/2015-03-31/functions/"}, "Functions", "FunctionName"),
	"AWS::Logs::LogGroup":                  inJSON(request{service: "logs", path: "/", target: "Logs_20140328.DescribeLogGroups", body: "{}"}, "logGroups", "logGroupName"),
	"AWS::Route53::RecordSet":              listRecords,
	"AWS::S3::Bucket":                      inXML(request{service: "s3", path: "/"}, "Name"),
	"AWS::SNS::Topic":                      inXML(request{service: "sns", path: "/", body: "Action=ListTopics"}, "TopicArn"),
	"AWS::SSM::Parameter":                  inJSON(request{service: "ssm", path: "/", target: "AmazonSSM.DescribeParameters", body: `{"MaxResults":50}`}, "Parameters", "Name"),
	"AWS::SecretsManager::Secret":          inJSON(request{service: "secretsmanager", path: "/", target: "secretsmanager.ListSecrets", body: "{}"}, "SecretList", "Name"),
}

// inventory lists what a Region holds, as "type id".
func (e *emulator) inventory(ctx context.Context) ([]string, error) {
	var all []string
	for kind, list := range listings {
		ids, err := list(ctx, e)
		if err != nil {
			return nil, fmt.Errorf("list %s in %s: %w", kind, e.region, err)
		}
		for _, id := range ids {
			all = append(all, kind+" "+id)
		}
	}
	slices.Sort(all)
	return all, nil
}

// errPaged keeps a list from looking complete when it is not.
var errPaged = errors.New("the answer has more pages than one")

func inJSON(r request, list, id string) listing {
	return func(ctx context.Context, e *emulator) ([]string, error) {
		text, err := e.read(ctx, r)
		if err != nil {
			return nil, err
		}
		var document map[string]json.RawMessage
		if err := json.Unmarshal([]byte(text), &document); err != nil {
			return nil, fmt.Errorf("read %s: %w", text, err)
		}
		for _, next := range []string{"NextToken", "nextToken", "NextMarker", "position"} {
			if value, paged := document[next]; paged && string(value) != "null" && string(value) != `""` {
				return nil, errPaged
			}
		}
		items, exists := document[list]
		if !exists {
			return nil, fmt.Errorf("there is no list %q: %s", list, text)
		}
		var members []map[string]any
		if err := json.Unmarshal(items, &members); err != nil {
			return nil, fmt.Errorf("read %s: %w", text, err)
		}
		ids := []string{}
		for _, member := range members {
			ids = append(ids, fmt.Sprint(member[id]))
		}
		return ids, nil
	}
}

func inXML(r request, id string) listing {
	return func(ctx context.Context, e *emulator) ([]string, error) {
		text, err := e.read(ctx, r)
		if err != nil {
			return nil, err
		}
		if strings.Contains(text, "<NextToken>") || strings.Contains(text, "<IsTruncated>true") {
			return nil, errPaged
		}
		ids := []string{}
		for decoder := xml.NewDecoder(strings.NewReader(text)); ; {
			token, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				return ids, nil
			}
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", text, err)
			}
			element, starts := token.(xml.StartElement)
			if !starts || element.Name.Local != id {
				continue
			}
			var value string
			if err := decoder.DecodeElement(&value, &element); err != nil {
				return nil, fmt.Errorf("read %s: %w", text, err)
			}
			ids = append(ids, value)
		}
	}
}

// listKeys leaves out the keys that wait for their deletion: AWS destroys none
// at once.
func listKeys(ctx context.Context, e *emulator) ([]string, error) {
	ids, err := inJSON(request{service: "kms", path: "/", target: "TrentService.ListKeys", body: `{"Limit":1000}`}, "Keys", "KeyId")(ctx, e)
	if err != nil {
		return nil, err
	}
	usable := []string{}
	for _, id := range ids {
		text, err := e.read(ctx, request{service: "kms", path: "/", target: "TrentService.DescribeKey", body: `{"KeyId":"` + id + `"}`})
		if err != nil {
			return nil, err
		}
		var key struct{ KeyMetadata struct{ KeyState string } }
		if err := json.Unmarshal([]byte(text), &key); err != nil {
			return nil, fmt.Errorf("read %s: %w", text, err)
		}
		if key.KeyMetadata.KeyState != "PendingDeletion" {
			usable = append(usable, id)
		}
	}
	return usable, nil
}

// listRecords lists the names of all hosted zones' records.
func listRecords(ctx context.Context, e *emulator) ([]string, error) {
	zones, err := inXML(request{service: "route53", path: "/2013-04-01/hostedzone"}, "Id")(ctx, e)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, zone := range zones {
		records, err := inXML(request{service: "route53", path: "/2013-04-01" + zone + "/rrset"}, "Name")(ctx, e)
		if err != nil {
			return nil, err
		}
		names = append(names, records...)
	}
	return names, nil
}
