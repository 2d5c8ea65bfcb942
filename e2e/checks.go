package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/regionpair/regionpair/internal/assembly"
)

func (s *scenario) sdk(region string) aws.Config {
	return aws.Config{
		Region: region, BaseEndpoint: aws.String(s.emulator.url().String()), Credentials: credentials.NewStaticCredentialsProvider(account, "local", ""),
	}
}

// checkPairing looks for what the custom resources were to do.
func (s *scenario) checkPairing(ctx context.Context) (string, error) {
	for _, stack := range s.assembly.Stacks[:2] {
		bucket := s.outputs[stack.Name+"/BucketName"]
		client := s3.NewFromConfig(s.sdk(stack.Region), func(o *s3.Options) { o.UsePathStyle = true })
		rules, err := client.GetBucketReplication(ctx, &s3.GetBucketReplicationInput{Bucket: &bucket})
		if err != nil {
			return "", err
		}
		if rule := rules.ReplicationConfiguration.Rules[0]; rule.DeleteMarkerReplication == nil || rule.SourceSelectionCriteria == nil {
			return "", fmt.Errorf("the rule of %s is not complete", bucket)
		}
		name := strings.Replace(s.outputs[stack.Name+"/SwitchParameter"], "failover/switch", "issuers/peer", 1)
		peer, err := ssm.NewFromConfig(s.sdk(stack.Region)).GetParameter(ctx, &ssm.GetParameterInput{Name: &name})
		if err != nil {
			return "", err
		}
		if value := *peer.Parameter.Value; !strings.Contains(value, `"kid"`) || strings.Contains(value, "cognito-idp."+stack.Region) {
			return "", fmt.Errorf("%s in %s does not hold the peer's keys: %s", name, stack.Region, value)
		}
	}
	return "in both Regions", nil
}

// checkAPI calls the primary through the emulator's API Gateway and the real
// functions.
func (s *scenario) checkAPI(ctx context.Context) (string, error) {
	c, err := s.newAPIClient(ctx, s.assembly.Stacks[0])
	if err != nil {
		return "", err
	}
	for _, call := range []struct {
		method, path, bearer, body string
		want                       int
		holds                      string
	}{
		{"PUT", "/objects/greeting", c.token, "hello", http.StatusNoContent, ""},
		{"GET", "/objects/greeting", c.token, "", http.StatusOK, "hello"},
		{"GET", "/objects", c.token, "", http.StatusOK, `"greeting"`},
		{"DELETE", "/objects/greeting", c.token, "", http.StatusNoContent, ""},
		{"GET", "/objects/greeting", c.token, "", http.StatusNotFound, ""},
		{"GET", "/objects", "wrong", "", http.StatusUnauthorized, ""},
	} {
		status, body, err := c.call(ctx, call.method, call.path, call.bearer, call.body)
		if err != nil {
			return "", err
		}
		if status != call.want || !strings.Contains(body, call.holds) {
			return "", fmt.Errorf("%s %s answers %d %s, expected %d %s", call.method, call.path, status, body, call.want, call.holds)
		}
	}
	return "write, read, list, delete; a wrong token is refused", nil
}

type apiClient struct {
	address, host, stage, token string
}

func (s *scenario) newAPIClient(ctx context.Context, stack assembly.Stack) (*apiClient, error) {
	_, text, err := s.emulator.call(ctx, stack.Region, "apigateway", http.MethodGet, "/restapis", "")
	if err != nil {
		return nil, err
	}
	id, err := apiNamed(text, "api.example.com")
	if err != nil {
		return nil, err
	}
	c := &apiClient{address: s.emulator.url().String(), host: id + ".execute-api." + net.JoinHostPort(s.emulator.host, s.emulator.port), stage: "/live"}
	value, err := secretsmanager.NewFromConfig(s.sdk(stack.Region)).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String("orders/clients/partner")})
	if err != nil {
		return nil, err
	}
	var client struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	if err := json.Unmarshal([]byte(*value.SecretString), &client); err != nil {
		return nil, err
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {client.ID}, "client_secret": {client.Secret}}
	status, body, err := c.call(ctx, "POST", "/oauth2/token", "", form.Encode())
	if err != nil {
		return nil, err
	}
	var granted struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(body), &granted); err != nil || granted.AccessToken == "" {
		return nil, fmt.Errorf("the token endpoint answers %d: %s", status, body)
	}
	c.token = granted.AccessToken
	return c, nil
}

// apiNamed finds an API in the emulator's list, whose members are named in
// either of two ways.
func apiNamed(list, name string) (string, error) {
	var document map[string]json.RawMessage
	if err := json.Unmarshal([]byte(list), &document); err != nil {
		return "", fmt.Errorf("read the APIs: %w: %s", err, list)
	}
	for _, key := range []string{"item", "items"} {
		var apis []struct{ ID, Name string }
		_ = json.Unmarshal(document[key], &apis)
		for _, api := range apis {
			if api.Name == name {
				return api.ID, nil
			}
		}
	}
	return "", fmt.Errorf("there is no API %s: %s", name, list)
}

func (c *apiClient) call(ctx context.Context, method, path, bearer, body string) (int, string, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.address+c.stage+path, bytes.NewReader([]byte(body)))
	if err != nil {
		return 0, "", err
	}
	request.Host = c.host
	// The emulator decodes binary answers for those only who say what they accept.
	request.Header.Set("Accept", "*/*")
	if bearer != "" {
		request.Header.Set("Authorization", "Bearer "+bearer)
	} else {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if response.StatusCode == http.StatusNoContent {
		// The emulator announces a length that it does not send.
		err = nil
	}
	return response.StatusCode, string(text), err
}

// checkLeftovers looks for what a destroyed pair may leave: what is retained,
// and nothing that runs or costs by itself.
func (s *scenario) checkLeftovers(ctx context.Context) (string, error) {
	for _, stack := range s.assembly.Stacks {
		for path, empty := range map[string]string{"/2015-03-31/functions/": `"Functions": []`, "/restapis": `[]`} {
			service := map[string]string{"/restapis": "apigateway"}[path]
			if service == "" {
				service = "lambda"
			}
			_, text, err := s.emulator.call(ctx, stack.Region, service, http.MethodGet, path, "")
			if err != nil {
				return "", err
			}
			if !strings.Contains(text, empty) && !strings.Contains(strings.ReplaceAll(text, " ", ""), strings.ReplaceAll(empty, " ", "")) && strings.Contains(text, stack.Name) {
				return "", fmt.Errorf("%s in %s still lists %s", path, stack.Region, text)
			}
		}
	}
	for _, stack := range s.assembly.Stacks[:2] {
		bucket := s.outputs[stack.Name+"/BucketName"]
		client := s3.NewFromConfig(s.sdk(stack.Region), func(o *s3.Options) { o.UsePathStyle = true })
		if _, err := client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &bucket}); err != nil {
			return "", fmt.Errorf("bucket %s must be retained: %w", bucket, err)
		}
		if _, err := client.GetBucketReplication(ctx, &s3.GetBucketReplicationInput{Bucket: &bucket}); err == nil {
			return "", fmt.Errorf("bucket %s still has our replication rule", bucket)
		}
	}
	return "nothing is left but what is retained; our replication rules are gone", nil
}
