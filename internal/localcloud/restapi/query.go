package restapi

import (
	"net/http"
	"net/url"
	"strings"
)

// queryOf decodes the query string. Unlike net/url it splits at ampersands
// only and keeps what cannot be decoded as it is, because API Gateway does not
// refuse such a request.
func queryOf(request *http.Request) map[string][]string {
	if request.URL.RawQuery == "" {
		return nil
	}
	values := map[string][]string{}
	for _, pair := range strings.Split(request.URL.RawQuery, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name = queryText(name)
		values[name] = append(values[name], queryText(value))
	}
	return values
}

func queryText(text string) string {
	decoded, err := url.QueryUnescape(text)
	if err != nil {
		return text
	}
	return decoded
}
