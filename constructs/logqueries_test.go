package regionpair_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/require"

	regionpair "github.com/regionpair/regionpair/constructs"
)

func newQueries(t *testing.T, change ...func(*regionpair.LogQueriesProps)) regionpair.LogQueries {
	t.Helper()
	stack := newStack(t)
	props := &regionpair.LogQueriesProps{Watched: operatedUnit(t, stack).Watched()}
	for _, f := range change {
		f(props)
	}
	return regionpair.NewLogQueries(stack, jsii.String("Queries"), props)
}

// query is one saved query.
type query struct{ text, logGroups string }

func queriesIn(t *testing.T, queries regionpair.LogQueries) map[string]query {
	t.Helper()
	found := map[string]query{}
	for _, resource := range *templateOf(queries).FindResources(jsii.String("AWS::Logs::QueryDefinition"), nil) {
		properties := (*resource)["Properties"].(map[string]any)
		found[properties["Name"].(string)] = query{properties["QueryString"].(string), text(t, properties["LogGroupNames"])}
	}
	return found
}

func TestQueriesOfAnIncidentAreSaved(t *testing.T) {
	queries := newQueries(t)
	found := queriesIn(t, queries)
	require.Len(t, found, 5)
	for _, name := range queries.Names() {
		require.Contains(t, found, name)
		require.True(t, strings.HasPrefix(name, "orders/"))
	}
	require.Contains(t, found["orders/slow requests"].text, "filter latencyMs >= 1000\n| sort latencyMs desc")
	require.Contains(t, found["orders/failover events"].logGroups, "UnitHealthFunctionLogs")
	for _, name := range []string{"slow requests", "errors by route", "denied callers"} {
		require.Contains(t, found["orders/"+name].logGroups, "UnitApiAccessLog", name)
	}
}

func TestOneRequestIsFollowedThroughAllLogsOfTheRegion(t *testing.T) {
	groups := queriesIn(t, newQueries(t))["orders/one request"].logGroups
	for _, group := range []string{"UnitApiAccessLog", "UnitHandlerLogs", "UnitTokenFunctionLogs", "UnitAuthorizerFunctionLogs", "UnitHealthFunctionLogs"} {
		require.Contains(t, groups, group)
	}
}

func TestSlowIsWhatTheCallerSays(t *testing.T) {
	found := queriesIn(t, newQueries(t, func(p *regionpair.LogQueriesProps) { p.SlowMilliseconds = 250 }))
	require.Contains(t, found["orders/slow requests"].text, "latencyMs >= 250\n")
}

// A query for a field or a message that nobody writes finds nothing, for ever.
func TestQueriesAskForWhatIsLogged(t *testing.T) {
	queries := newQueries(t)
	found := queriesIn(t, queries)
	stage := text(t, *templateOf(queries).FindResources(jsii.String("AWS::ApiGateway::Stage"), nil))
	for _, field := range []string{"method", "resource", "path", "status", "latencyMs", "integrationMs", "clientId", "requestId", "traceId", "error", "ip"} {
		require.Contains(t, stage, `\"`+field+`\":\"$context`, field)
	}
	sources := ""
	for _, file := range []string{"internal/position/position.go", "health/monitor.go"} {
		source, err := os.ReadFile("../lambda/" + file)
		require.NoError(t, err)
		sources += string(source)
	}
	messages := regexp.MustCompile(`"([^"]+)"`).FindAllStringSubmatch(found["orders/failover events"].text, -1)
	require.Len(t, messages, 4)
	for _, message := range messages {
		require.Contains(t, sources, `"`+message[1]+`"`)
	}
}

func TestQueriesFailWithoutARegion(t *testing.T) {
	require.PanicsWithValue(t, "regionpair: LogQueries needs 'Watched'", func() {
		newQueries(t, func(p *regionpair.LogQueriesProps) { p.Watched = nil })
	})
}

func TestQueriesCanBeUsedAsScopeTaggedAndDependedOn(t *testing.T) {
	mustBehaveLikeAConstruct(t, newQueries(t))
}
