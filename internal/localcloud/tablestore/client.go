package tablestore

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

const target = "DynamoDB_20120810."

// answer is what DynamoDB answers, to be passed on as it is.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) ok() bool { return a.status == http.StatusOK }

func (a answer) write(w http.ResponseWriter) {
	for _, name := range []string{"Content-Type", "X-Amz-Crc32", "X-Amzn-Requestid"} {
		if value := a.header.Get(name); value != "" {
			w.Header().Set(name, value)
		}
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body)
}

// call asks the engine for an operation. Whoever asked has been checked before.
func (e *engine) call(ctx context.Context, operation string, body []byte) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(body))
	if err != nil {
		return answer{}, fmt.Errorf("ask dynalite: %w", err)
	}
	request.Header.Set("Content-Type", "application/x-amz-json-1.0")
	request.Header.Set("X-Amz-Target", target+operation)
	request.Header.Set("X-Amz-Date", "20120810T000000Z")
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=local/20120810/local/dynamodb/aws4_request, SignedHeaders=host, Signature=local")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return answer{}, fmt.Errorf("ask dynalite: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{}, fmt.Errorf("read dynalite's answer: %w", err)
	}
	return answer{response.StatusCode, response.Header, content}, nil
}

// tableInterval is how often awaitTable looks.
const tableInterval = 5 * time.Millisecond

// awaitTable waits until a table is active. dynalite answers before it is, and finds
// no table until then.
func (e *engine) awaitTable(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		var described struct{ Table struct{ TableStatus string } }
		if err := e.do(ctx, "DescribeTable", map[string]any{"TableName": name}, &described); err != nil {
			return err
		}
		if described.Table.TableStatus == "ACTIVE" {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("it is still %s: %w", described.Table.TableStatus, ctx.Err())
		case <-time.After(tableInterval):
		}
	}
}

// do asks for an operation that must not fail.
func (e *engine) do(ctx context.Context, operation string, input, output any) error {
	body, err := json.Marshal(input)
	if err != nil {
		return fmt.Errorf("%s: %w", operation, err)
	}
	a, err := e.call(ctx, operation, body)
	if err != nil {
		return err
	}
	if !a.ok() {
		return fmt.Errorf("%s: %s", operation, a.body)
	}
	if output == nil {
		return nil
	}
	if err := json.Unmarshal(a.body, output); err != nil {
		return fmt.Errorf("%s: %w", operation, err)
	}
	return nil
}
