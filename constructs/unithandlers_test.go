package regionpair_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	regionpair "github.com/regionpair/regionpair/constructs"
)

// functionFolder makes a Go main package that no test builds.
func functionFolder(t *testing.T, name string) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.MkdirAll(folder, 0o750))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "main.go"), []byte("package main\n"), 0o600))
	return folder
}

// functionsOf are the properties of the functions whose logical id begins so.
func functionsOf(unit regionpair.RegionUnit, start string) []map[string]any {
	list := []map[string]any{}
	found := *templateOf(unit).FindResources(jsii.String("AWS::Lambda::Function"), nil)
	for _, id := range slices.Sorted(maps.Keys(found)) {
		if strings.HasPrefix(id, start) {
			list = append(list, (*found[id])["Properties"].(map[string]any))
		}
	}
	return list
}

func TestRoutesHaveFunctionsThatTheUnitCompiles(t *testing.T) {
	reports, orders := functionFolder(t, "reports"), functionFolder(t, "orders")
	unit := operatedUnit(t, newStack(t), func(props *regionpair.RegionUnitProps) {
		props.HandlerEntry = orders
		props.HandlerOverrides = &awslambda.FunctionOptions{MemorySize: jsii.Number(1024)}
		props.Routes = []regionpair.Route{
			{Method: "GET", Path: "/orders", Scopes: []string{"objects/read"}},
			{Method: "GET", Path: "/reports", Scopes: []string{"objects/read"}, HandlerEntry: reports},
			{Method: "GET", Path: "/reports/{id}", Scopes: []string{"objects/read"}, HandlerEntry: reports + "/"},
			{Method: "POST", Path: "/orders", Scopes: []string{"objects/write"}, HandlerEntry: orders},
		}
	})
	unit.AddSecret("backend", nil)
	unit.AddParameter("page-size", "100", nil)
	compiled := functionsOf(unit, "UnitHandler")
	require.Len(t, compiled, 2, "one for each folder")
	for _, function := range compiled {
		assert.EqualValues(t, 1024, function["MemorySize"])
		variables := function["Environment"].(map[string]any)["Variables"].(map[string]any)
		assert.Equal(t, "orders/app/backend", variables["SECRET_BACKEND"])
		assert.Equal(t, "/orders/app/page-size", variables["PARAMETER_PAGE_SIZE"])
		assert.Contains(t, variables, "BUCKET_NAME")
	}
	require.PanicsWithValue(t, "regionpair: RegionUnit would tell its functions '/orders/app/page-size' and '/orders/app/page.size' in one variable, 'PARAMETER_PAGE_SIZE': use names that differ by more than punctuation", func() {
		unit.AddParameter("page.size", "100", nil)
	})
}

func TestEveryFunctionOfARouteHasALabelOfItsOwnThatFitsItsAlarms(t *testing.T) {
	stack, long, own := newStack(t), "/"+strings.Repeat("x", 280), []awslambda.IFunction{}
	unit := operatedUnit(t, stack, func(p *regionpair.RegionUnitProps) {
		p.Handler = newHandler(stack)
		for i, path := range []string{"/reports/{id}", "/reports/id", long + "/a", long + "/b"} {
			own = append(own, awslambda.Function_FromFunctionName(stack, jsii.String(fmt.Sprint("Own", i)), jsii.String(fmt.Sprint("own-", i))))
			answered := route("GET", path, "objects/read")
			answered.Handler = own[i]
			p.Routes = append(p.Routes, answered)
		}
	})
	labels := map[awslambda.IFunction]string{}
	for label, function := range unit.Watched().Functions {
		labels[function] = label
	}
	require.Len(t, labels, 5, "each has one, and the handler")
	assert.Equal(t, "get-reports-id", labels[own[0]])
	assert.Equal(t, "get-reports-id-95081ee7", labels[own[1]])
	for name := range alarmsIn(templateOf(newRegionalAlarms(t, unit))) {
		assert.LessOrEqual(t, len(name), 255, name)
	}
}

func TestFunctionsOfRoutesAreRefusedAllAtOnce(t *testing.T) {
	one := functionFolder(t, "reports")
	alike := one + "_"
	require.NoError(t, os.CopyFS(alike, os.DirFS(one)))
	props := &regionpair.RegionUnitProps{HandlerEntry: one, Routes: []regionpair.Route{
		{Method: "GET", Path: "/a", Public: true, HandlerEntry: one},
		{Method: "GET", Path: "/b", Public: true, HandlerEntry: alike},
		{Method: "GET", Path: "/c", Public: true, HandlerEntry: "none"},
	}}
	err := props.Validate()
	require.ErrorContains(t, err, "have names that are too much alike for two functions: rename a folder")
	require.ErrorContains(t, err, "GoFunction 'Entry' must be the folder of a Go main package, got 'none'")
}

func TestOnlyUnitsCompileTheFunctionsOfRoutes(t *testing.T) {
	props := &regionpair.RegionalApiProps{Routes: []regionpair.Route{{Method: "GET", Path: "/a", Public: true, HandlerEntry: functionFolder(t, "a")}}}
	require.ErrorContains(t, props.Validate(), "route 'GET /a' must give its function as 'Handler': only a RegionUnit compiles a 'HandlerEntry'")
}
