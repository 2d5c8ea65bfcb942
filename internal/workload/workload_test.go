package workload

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/route"
)

const examples = "../../examples"

func orders(t *testing.T) Workload {
	t.Helper()
	w, err := ReadFile(filepath.Join(examples, "orders-table", "workload.json"))
	require.NoError(t, err)
	return w
}

func ordersAPI() API {
	both, read := []string{"orders/read", "orders/write"}, []string{"orders/read"}
	return API{
		Routes: []Route{
			{Route: route.Route{Method: "GET", Path: "/orders", Scopes: read}},
			{Route: route.Route{Method: "GET", Path: "/orders/{id}", Scopes: read}, RatePerSecond: 50},
			{Route: route.Route{Method: "PUT", Path: "/orders/{id}", Scopes: []string{"orders/write"}}},
			{Route: route.Route{Method: "PATCH", Path: "/orders/{id}", Scopes: []string{"orders/write"}}},
			{Route: route.Route{Method: "GET", Path: "/status"}, Public: true},
		},
		Clients: []Client{{ID: "shop.reporting", Scopes: read}, {ID: "shop.storefront", Scopes: both}},
	}
}

func TestTheWorkloadOfTheObjectAPIIsAnExample(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(examples, "workloads", "objects.json"))
	require.NoError(t, err)
	assert.Equal(t, string(objects), string(text))
	assert.True(t, Objects().ChecksData())
}

func TestDefaults(t *testing.T) {
	w, err := Decode([]byte(`{"requests": [{"method": "GET", "path": "/a"}]}`))
	require.NoError(t, err)
	assert.Equal(t, 240, w.RequestsPerSecond)
	assert.Equal(t, 12, w.Callers)
	assert.Equal(t, 10, w.TokensPerSecond)
	assert.Equal(t, 1, w.Requests[0].Weight)
	assert.True(t, w.Requests[0].Succeeds(204))
	assert.False(t, w.Requests[0].Succeeds(404))
	assert.False(t, w.ChecksData())
}

func TestDecodeListsEveryProblem(t *testing.T) {
	_, err := Decode([]byte(`{
		"clients": "partner", "requestsPerSecond": 0, "callers": "many",
		"requests": [
			{"method": "get", "path": "orders/{id}"},
			{"method": "GET", "path": "/orders/{idd}", "data": "read", "body": "x", "missing": [200]},
			{"method": "PUT", "path": "/orders", "data": "creat", "headers": {"authorization": "x"}},
			{"method": "PUT", "path": "/orders", "data": "overwrite", "body": {"a": ["{foo}"]}, "conflict": [999]},
			{"method": "POST", "path": "/search/{id}", "missing": [404], "conflict": [409], "readBack": {"text": "{random}"}}
		]}`))
	require.Error(t, err)
	for _, want := range []string{
		`clients: unknown field; did you mean "client"?`,
		`requestsPerSecond: 0 is out of range; use 1 to 2000`,
		`callers: found the string "many", expected a whole number`,
		`requests[0].method: unknown method "get"; did you mean "GET"?`,
		`requests[0].path: "orders/{id}" is not valid; use a path such as "/orders/{id}"`,
		`requests[0].path: {id} has no value here; use {n}, {random}`,
		`requests[1].path: unknown value {idd}; did you mean "id"?`,
		`requests[1].body: is not sent with GET; remove it, or use another method`,
		`requests[1].missing: has 200, which also means success; list a status either in "status" or in "missing"`,
		`requests[2].data: unknown effect "creat"; did you mean "create"?`,
		`requests[2].headers.authorization: is set by the drill`,
		`requests[3].path: names no key; put {id} into the path or the body`,
		`requests[3].body.a[0]: unknown value {foo}`,
		`requests[3].conflict[0]: 999 is out of range; use 100 to 599`,
		`requests[3].data: is "overwrite", and no request creates a key`,
		`requests[4].missing: is for reads only`,
		`requests[4].conflict: is for writes only`,
		`requests[4].readBack: is for requests that store something`,
		`requests[4].readBack.text: {random} has no value here`,
	} {
		assert.ErrorContains(t, err, want)
	}
}

func TestWhatIsWrittenMustBeReadBack(t *testing.T) {
	const create = `{"data": "create", "method": "PUT", "path": "/a/{id}"%s}`
	for text, want := range map[string]string{
		strings.ReplaceAll(create, "%s", ""): `writes keys that no request reads back; add a request with "data": "read"`,
		strings.ReplaceAll(create, "%s", "") + `, {"data": "read", "method": "GET", "path": "/a/{id}"}`:                                  `requests[1].answer: does not tell one write of a key from another`,
		strings.ReplaceAll(create, "%s", "") + `, {"data": "read", "method": "GET", "path": "/a/{id}", "answer": {"text": "{value}"}}`:   "",
		strings.ReplaceAll(create, "%s", `, "readBack": {"json": "{value}"}`) + `, {"data": "read", "method": "GET", "path": "/a/{id}"}`: "",
	} {
		_, err := Decode([]byte(`{"requests": [` + text + `]}`))
		if want == "" {
			require.NoError(t, err, text)
			continue
		}
		require.ErrorContains(t, err, want, text)
	}
}

func TestWhatIsNoDocumentIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"{\n  \"requests\": [\n    {,}\n": "line 3", `[]`: "workload: found a list, expected an object", `{} {}`: "more than one JSON document", `{}`: "requests: is missing",
		"": "this is not JSON: it is empty", `{"requests": [`: "it ends before", `{"requests": [{"name": "a", "name": "b"}]}`: "requests[0].name: is given twice; remove one",
	} {
		_, err := Decode([]byte(text))
		require.ErrorContains(t, err, want, text)
	}
	_, err := ReadFile("nowhere.json")
	require.ErrorContains(t, err, "nowhere.json")
}

func TestValuesFillARequest(t *testing.T) {
	v := Values{ID: "k/1", N: 3, Value: "k/1.3", ETag: `"e"`}
	r := Request{
		Method: "PUT", Path: "/orders/{id}?v={value}&p={previous}", Headers: map[string]string{"If-Match": "{etag}"},
		Body: map[string]any{"version": "{previous}", "text": "is {n}", "list": []any{"{n}"}},
	}
	assert.Equal(t, "/orders/k%2F1?v=k%2F1.3&p=2", v.FillPath(r))
	assert.Equal(t, map[string]string{"If-Match": `"e"`, "Content-Type": "application/json"}, v.FillHeaders(r))
	assert.JSONEq(t, `{"version": 2, "text": "is 3", "list": [3]}`, string(v.FillBody(r)))
	assert.Regexp(t, "^k/1 [0-9a-f]{20}$", string(v.FillBody(Request{Body: "{id} {random:20}"})))
	assert.Nil(t, v.FillBody(Request{}))
	assert.NotEqual(t, v.FillPath(Request{Path: "/{random}"}), v.FillPath(Request{Path: "/{random}"}))
}

func TestAnswersAreHeldAgainstValues(t *testing.T) {
	v := Values{ID: "1", N: 2, Value: "1.2", ETag: `"e"`}
	header := func(name string) string { return map[string]string{"ETag": `"e"`}[name] }
	body := []byte(`{"id": "1", "version": 2, "text": "2", "list": [{"a": true}, 7], "more": null}`)
	for name, test := range map[string]struct {
		want Answer
		held bool
	}{
		"nothing":          {Answer{}, true},
		"text":             {Answer{Text: `"id": "{id}"`}, true},
		"other text":       {Answer{Text: "{value}"}, false},
		"header":           {Answer{Headers: map[string]string{"ETag": "{etag}"}}, true},
		"other header":     {Answer{Headers: map[string]string{"ETag": "{value}"}}, false},
		"a part":           {Answer{JSON: map[string]any{"id": "{id}", "list": []any{map[string]any{}}}}, true},
		"a number":         {Answer{JSON: map[string]any{"version": "{n}"}}, true},
		"a number as text": {Answer{JSON: map[string]any{"text": "{n}"}}, true},
		"another number":   {Answer{JSON: map[string]any{"version": "{previous}"}}, false},
		"a missing field":  {Answer{JSON: map[string]any{"status": "open"}}, false},
		"a longer list":    {Answer{JSON: map[string]any{"list": []any{map[string]any{}, float64(7), float64(8)}}}, false},
		"another kind":     {Answer{JSON: []any{}}, false},
	} {
		assert.Equal(t, test.held, v.Holds(test.want, body, header), name)
	}
	assert.False(t, v.Holds(Answer{JSON: map[string]any{}}, []byte("no JSON"), header))
	unknown := Values{ID: "1", N: 2}
	assert.True(t, unknown.Holds(Answer{JSON: map[string]any{"id": "{etag}"}, Text: "{etag}", Headers: map[string]string{"ETag": "{etag}"}}, body, header),
		"the ETag of a write whose answer was lost is not known")
}

func TestTheClientIsTheOneThatMaySendTheRequests(t *testing.T) {
	w := orders(t)
	w.Client = ""
	plan, err := Check(w, ordersAPI())
	require.NoError(t, err)
	assert.Equal(t, "shop.storefront", plan.Client.ID)
}

func TestTheRateStaysBelowTheThrottles(t *testing.T) {
	w := orders(t)
	w.RequestsPerSecond = 200
	plan, err := Check(w, ordersAPI())
	require.NoError(t, err)
	assert.InDelta(t, 0.7*50*2, plan.Rate, 0.01, "half of the requests read one order, 50 times a second at most")
	assert.InDelta(t, 0.7*50, plan.ReadRate, 0.01)
}

func TestThePreflightListsWhatTheAPIDoesNotHave(t *testing.T) {
	w, err := Decode([]byte(`{"client": "storefrnt", "requests": [
		{"method": "GET", "path": "/order/{random}"}, {"method": "DELETE", "path": "/orders/7"}, {"method": "GET", "path": "/status"}]}`))
	require.NoError(t, err)
	_, err = Check(w, ordersAPI())
	require.Error(t, err)
	assert.ErrorContains(t, err, `3 problems:`)
	assert.ErrorContains(t, err, `client: unknown client "storefrnt"; did you mean "storefront"? (the clients are reporting, storefront)`)
	assert.ErrorContains(t, err, `requests[0].path: GET /order/{random} is no route of the API; did you mean "GET /orders/{id}"?`)
	assert.ErrorContains(t, err, `requests[1].path: DELETE /orders/7 is no route of the API`)
}

func TestThePreflightNamesWhoMayWrite(t *testing.T) {
	w := orders(t)
	w.Client = "reporting"
	_, err := Check(w, ordersAPI())
	require.ErrorContains(t, err, `requests[0]: client "reporting" may not send PUT /orders/{id}; clients that may are storefront`)
	api := ordersAPI()
	api.Clients = api.Clients[:1]
	w.Client = ""
	_, err = Check(w, api)
	require.ErrorContains(t, err, `give a client one of the scopes orders/write`)
	api.Clients = nil
	_, err = Check(w, api)
	require.ErrorContains(t, err, "PUT /orders/{id} needs a token, and the pair has no machine client")
}

func TestAnAPIWithoutClientsIsCalledWithoutTokens(t *testing.T) {
	api := API{Routes: []Route{{Route: route.Route{Method: "ANY", Path: "/{proxy+}"}, Public: true}}}
	w := orders(t)
	w.Client = ""
	plan, err := Check(w, api)
	require.NoError(t, err)
	assert.Empty(t, plan.Client.ID)
}

func objectRoutes(methods ...string) API {
	api := API{Clients: []Client{{ID: "o.reporting", Scopes: []string{"objects/read"}}, {ID: "o.writer", Scopes: []string{"objects/read", "objects/write"}}}}
	for _, method := range methods {
		scope := "objects/write"
		if method == "GET" {
			scope = "objects/read"
		}
		api.Routes = append(api.Routes, Route{Route: route.Route{Method: method, Path: "/objects/{key+}", Scopes: []string{scope}}})
	}
	return api
}

func TestTheDefaultIsTheObjectAPIsWorkload(t *testing.T) {
	plan, err := Default(objectRoutes("GET", "PUT", "DELETE"))
	require.NoError(t, err)
	assert.True(t, plan.ChecksData())
	assert.Equal(t, "o.writer", plan.Client.ID)
	assert.Len(t, plan.Requests, 4)
	plan, err = Default(objectRoutes("GET", "PUT"))
	require.NoError(t, err)
	assert.Len(t, plan.Requests, 3, "nothing is deleted where there is no route for it")
	api := objectRoutes("GET", "PUT")
	api.Clients = api.Clients[:1]
	_, err = Default(api)
	require.ErrorContains(t, err, `client "reporting" may not send PUT /objects/{key+}`)
}

func TestTheDefaultForAnyOtherAPIChecksNoData(t *testing.T) {
	plan, err := Default(ordersAPI())
	require.NoError(t, err)
	assert.False(t, plan.ChecksData())
	paths := []string{}
	for _, r := range plan.Requests {
		paths = append(paths, r.Path)
		assert.True(t, r.Succeeds(400) && !r.Succeeds(403) && !r.Succeeds(429) && !r.Succeeds(500))
	}
	assert.Equal(t, []string{"/orders", "/status"}, paths)
	plan, err = Default(API{Clients: []Client{{ID: "a.b"}}})
	require.NoError(t, err)
	assert.Empty(t, plan.Requests)
	assert.Equal(t, "a.b", plan.Client.ID, "tokens are the whole load")
}
