package localcloud

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAServiceThatIsNotEmulatedIsRefusedInItsOwnForm(t *testing.T) {
	for name, test := range map[string]struct {
		header map[string]string
		want   string
	}{
		"JSON":  {map[string]string{"X-Amz-Target": "DynamoDB_20120810.PutItem"}, `"__type":"NotEmulatedException"`},
		"REST":  {nil, `"message":"the local cloud does not emulate dynamodb.eu-west-1.amazonaws.com"`},
		"query": {map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, "<Code>NotEmulatedException</Code><Message>the local cloud does not emulate dynamodb.eu-west-1.amazonaws.com</Message>"},
	} {
		t.Run(name, func(t *testing.T) {
			request := httptest.NewRequest(http.MethodPost, "https://dynamodb.eu-west-1.amazonaws.com/", strings.NewReader("{}"))
			for key, value := range test.header {
				request.Header.Set(key, value)
			}
			answer := httptest.NewRecorder()
			refuseService(answer, request)
			assert.Equal(t, http.StatusBadRequest, answer.Code, "a status that SDKs do not repeat")
			assert.Equal(t, "NotEmulatedException", answer.Header().Get("X-Amzn-ErrorType"))
			assert.Contains(t, answer.Body.String(), test.want)
		})
	}
}

func TestFunctionsAreFoundByNameAndByARN(t *testing.T) {
	for _, text := range []string{"orders", "orders:live", "arn:aws:lambda:eu-west-1:111122223333:function:orders", "arn:aws:lambda:eu-west-1:111122223333:function:orders:live"} {
		assert.Equal(t, "orders", functionName(text))
	}
}
