package cloudformation_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/assembly"
	"github.com/regionpair/regionpair/internal/localcloud/cloudformation"
)

// assemble writes templates as an assembly: name to template, in the given
// order, each depending on the ones before.
func assemble(t testing.TB, templates ...string) *assembly.Assembly {
	t.Helper()
	dir := t.TempDir()
	artifacts, before := map[string]any{}, []string{}
	for i, template := range templates {
		name := fmt.Sprintf("stack%d", i)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name+".json"), []byte(template), 0o600))
		artifacts[name] = map[string]any{
			"type": "aws:cloudformation:stack", "environment": fmt.Sprintf("aws://111122223333/eu-west-%d", i+1),
			"dependencies": slices.Clone(before), "properties": map[string]string{"templateFile": name + ".json"},
		}
		before = append(before, name)
	}
	text, err := json.Marshal(map[string]any{"artifacts": artifacts})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "manifest.json"), text, 0o600))
	a, err := assembly.Load(dir)
	require.NoError(t, err)
	return a
}

// registry has one type, Test::Thing, whose attributes are its properties.
func registry() cloudformation.Registry {
	return cloudformation.Registry{
		"Test::Thing": cloudformation.ProviderFunc(func(_ context.Context, r cloudformation.Resource) (cloudformation.Attributes, error) {
			return cloudformation.Attributes{Ref: "ref-" + r.LogicalID, Att: map[string]any{"Arn": "arn:aws:test:" + r.LogicalID, "Value": r.Properties["Value"]}}, nil
		}),
	}
}

func valueOf(t *testing.T, expression string) (any, error) {
	t.Helper()
	template := `{"Parameters":{"P":{"Type":"String","Default":"p"},"N":{"Type":"String"}},
		"Mappings":{"M":{"a":{"b":"mapped"}}},
		"Conditions":{"Yes":{"Fn::Equals":["a","a"]},"No":{"Fn::Not":[{"Condition":"Yes"}]},"Both":{"Fn::And":[{"Condition":"Yes"},{"Condition":"No"}]},"Any":{"Fn::Or":[{"Condition":"Yes"},{"Condition":"No"}]}},
		"Resources":{"Other":{"Type":"Test::Thing"},"Unknown":{"Type":"Test::Unknown"},"R":{"Type":"Test::Thing","Properties":{"Value":` + expression + `}}}}`
	d, err := cloudformation.Deploy(t.Context(), assemble(t, template), registry(), cloudformation.Options{})
	if err != nil {
		return nil, err
	}
	for _, created := range d.Resources("Test::Thing") {
		if created.LogicalID == "R" {
			return created.Properties["Value"], nil
		}
	}
	return nil, errors.New("R was not created")
}

func TestIntrinsics(t *testing.T) {
	for expression, want := range map[string]any{
		`"x"`:                                    "x",
		`1.50`:                                   json.Number("1.50"),
		`true`:                                   true,
		`{"Ref":"P"}`:                            "p",
		`{"Ref":"Other"}`:                        "ref-Other",
		`{"Ref":"Unknown"}`:                      "Unknown",
		`{"Ref":"AWS::Region"}`:                  "eu-west-1",
		`{"Ref":"AWS::AccountId"}`:               "111122223333",
		`{"Ref":"AWS::Partition"}`:               "aws",
		`{"Ref":"AWS::URLSuffix"}`:               "amazonaws.com",
		`{"Ref":"AWS::StackName"}`:               "stack0",
		`{"a":{"Ref":"AWS::NoValue"},"b":1}`:     map[string]any{"b": json.Number("1")},
		`["a",{"Ref":"AWS::NoValue"}]`:           []any{"a"},
		`{"Fn::GetAtt":["Other","Arn"]}`:         "arn:aws:test:Other",
		`{"Fn::GetAtt":"Other.Arn"}`:             "arn:aws:test:Other",
		`{"Fn::Join":["-",["a",1,true]]}`:        "a-1-true",
		`{"Fn::Sub":"${P}/${Other.Arn}/${!x}"}`:  "p/arn:aws:test:Other/${x}",
		`{"Fn::Sub":["${A}-${P}",{"A":"1"}]}`:    "1-p",
		`{"Fn::Select":[1,["a","b"]]}`:           "b",
		`{"Fn::Select":["0",["a","b"]]}`:         "a",
		`{"Fn::Split":[":","a:b"]}`:              []any{"a", "b"},
		`{"Fn::If":["Yes","a","b"]}`:             "a",
		`{"Fn::If":["No","a","b"]}`:              "b",
		`{"Fn::If":["Both","a","b"]}`:            "b",
		`{"Fn::If":["Any","a","b"]}`:             "a",
		`{"Fn::FindInMap":["M","a","b"]}`:        "mapped",
		`{"Fn::Base64":"a"}`:                     "YQ==",
		`{"Fn::GetAZs":""}`:                      []any{"eu-west-1a", "eu-west-1b", "eu-west-1c"},
		`{"Condition":{"Bool":{"a":"b"}},"x":1}`: map[string]any{"Condition": map[string]any{"Bool": map[string]any{"a": "b"}}, "x": json.Number("1")},
	} {
		t.Run(expression, func(t *testing.T) {
			got, err := valueOf(t, expression)
			require.NoError(t, err)
			assert.Equal(t, want, got)
		})
	}
}

func TestIntrinsicsThatCannotBeResolved(t *testing.T) {
	for expression, want := range map[string]string{
		`{"Ref":"Nothing"}`:                        "there is no resource or parameter Nothing",
		`{"Ref":"N"}`:                              "parameter N has no default value",
		`{"Ref":1}`:                                "needs a name",
		`{"Fn::GetAtt":["Other","Nope"]}`:          "Other (Test::Thing) has no attribute Nope",
		`{"Fn::GetAtt":["Nothing","Arn"]}`:         "there is no resource Nothing",
		`{"Fn::GetAtt":"Other"}`:                   "<logical id>.<attribute>",
		`{"Fn::Join":["-","a"]}`:                   "needs a list to join",
		`{"Fn::Join":["-",[{"a":1}]]}`:             "needs a text",
		`{"Fn::Sub":"${P"}`:                        "is not closed",
		`{"Fn::Sub":["a"]}`:                        "needs a text, or a text and variables",
		`{"Fn::Select":[2,["a"]]}`:                 "there is no element 2",
		`{"Fn::If":["Maybe","a","b"]}`:             "there is no condition Maybe",
		`{"Fn::FindInMap":["M","a","x"]}`:          "there is no M.a.x",
		`{"Fn::ImportValue":"x"}`:                  "exports couple stacks",
		`{"Fn::Transform":{}}`:                     "unknown function",
		`[{"deep":{"Ref":"Nothing"}}]`:             "Value: [0]: deep: Ref",
		`{"Fn::GetStackOutput":{"StackName":"x"}}`: "OutputName",
	} {
		t.Run(expression, func(t *testing.T) {
			_, err := valueOf(t, expression)
			require.ErrorContains(t, err, want)
			require.ErrorContains(t, err, "stack stack0: R (Test::Thing)")
		})
	}
}

const producer = `{"Resources":{"A":{"Type":"Test::Thing"}},"Outputs":{"Arn":{"Value":{"Fn::GetAtt":["A","Arn"]}}}}`

const stackOutput = `{"Fn::GetStackOutput":{"StackName":"stack0","OutputName":"Arn","Region":"eu-west-1"}}`

func TestStackOutputIsResolvedWhereCloudFormationDoes(t *testing.T) {
	for _, expression := range []string{stackOutput, `{"Fn::Join":["",[` + stackOutput + `]]}`, `{"Fn::Select":[0,[` + stackOutput + `]]}`} {
		consumer := `{"Resources":{"B":{"Type":"Test::Thing","Properties":{"Value":` + expression + `}}}}`
		d, err := cloudformation.Deploy(t.Context(), assemble(t, producer, consumer), registry(), cloudformation.Options{})
		require.NoError(t, err)
		assert.Equal(t, "arn:aws:test:A", d.Resources("Test::Thing")[1].Properties["Value"])
	}
}

func TestStackOutputIsAnErrorWhereCloudFormationFails(t *testing.T) {
	for name, consumer := range map[string]string{
		"Fn::Sub":    `{"Resources":{"B":{"Type":"Test::Thing","Properties":{"Value":{"Fn::Sub":["${A}",{"A":` + stackOutput + `}]}}}}}`,
		"Fn::Base64": `{"Resources":{"B":{"Type":"Test::Thing","Properties":{"Value":{"Fn::Base64":` + stackOutput + `}}}}}`,
		"Fn::Split":  `{"Resources":{"B":{"Type":"Test::Thing","Properties":{"Value":{"Fn::Split":["",` + stackOutput + `]}}}}}`,
		"Conditions": `{"Conditions":{"C":{"Fn::Equals":["a",` + stackOutput + `]}},"Resources":{"B":{"Type":"Test::Thing","Condition":"C"}}}`,
		"output":     `{"Resources":{},"Outputs":{"O":{"Value":` + stackOutput + `}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := cloudformation.Deploy(t.Context(), assemble(t, producer, consumer), registry(), cloudformation.Options{})
			require.ErrorContains(t, err, "InternalFailure")
			require.ErrorContains(t, err, name)
		})
	}
}

func TestAStackThatIsNotThereHasNoOutput(t *testing.T) {
	_, err := valueOf(t, stackOutput)
	require.ErrorContains(t, err, "stack stack0 in eu-west-1 is not deployed")
}

func TestResourcesWaitForWhatTheyNeed(t *testing.T) {
	const template = `{"Resources":{
		"D":{"Type":"Test::Slow","DependsOn":["B","C"]},
		"C":{"Type":"Test::Slow","Properties":{"V":{"Fn::GetAtt":["A","Arn"]}}},
		"B":{"Type":"Test::Slow","Properties":{"V":{"Fn::Sub":"${A}"}}},
		"A":{"Type":"Test::Slow"}}}`
	var mu sync.Mutex
	order := []string{}
	slow := cloudformation.ProviderFunc(func(_ context.Context, r cloudformation.Resource) (cloudformation.Attributes, error) {
		time.Sleep(5 * time.Millisecond)
		mu.Lock()
		defer mu.Unlock()
		order = append(order, r.LogicalID)
		return cloudformation.Attributes{Ref: r.LogicalID, Att: map[string]any{"Arn": "x"}}, nil
	})
	_, err := cloudformation.Deploy(t.Context(), assemble(t, template), cloudformation.Registry{"Test::Slow": slow}, cloudformation.Options{})
	require.NoError(t, err)
	assert.Equal(t, "A", order[0])
	assert.Equal(t, "D", order[3])
}

func TestConcurrencyIsBounded(t *testing.T) {
	resources := []string{}
	for i := range 20 {
		resources = append(resources, fmt.Sprintf(`"R%d":{"Type":"Test::Slow"}`, i))
	}
	var running, most atomic.Int64
	slow := cloudformation.ProviderFunc(func(context.Context, cloudformation.Resource) (cloudformation.Attributes, error) {
		now := running.Add(1)
		defer running.Add(-1)
		for before := most.Load(); now > before && !most.CompareAndSwap(before, now); before = most.Load() {
		}
		time.Sleep(2 * time.Millisecond)
		return cloudformation.Attributes{}, nil
	})
	_, err := cloudformation.Deploy(t.Context(), assemble(t, `{"Resources":{`+strings.Join(resources, ",")+`}}`),
		cloudformation.Registry{"Test::Slow": slow}, cloudformation.Options{Concurrency: 3})
	require.NoError(t, err)
	assert.LessOrEqual(t, most.Load(), int64(3))
	assert.Greater(t, most.Load(), int64(1))
}

func TestFailuresNameTheResource(t *testing.T) {
	broken := cloudformation.Registry{"Test::Broken": cloudformation.ProviderFunc(func(context.Context, cloudformation.Resource) (cloudformation.Attributes, error) {
		return cloudformation.Attributes{}, errors.New("no luck")
	}), "Test::Stuck": cloudformation.ProviderFunc(func(ctx context.Context, _ cloudformation.Resource) (cloudformation.Attributes, error) {
		<-ctx.Done()
		return cloudformation.Attributes{}, ctx.Err()
	})}
	for name, test := range map[string]struct{ template, want string }{
		"provider":   {`{"Resources":{"A":{"Type":"Test::Broken"},"B":{"Type":"Test::Broken","DependsOn":"A"}}}`, "stack stack0: A (Test::Broken): no luck"},
		"timeout":    {`{"Resources":{"A":{"Type":"Test::Stuck"}}}`, "stack stack0: A (Test::Stuck): was not created within 20ms"},
		"cycle":      {`{"Resources":{"A":{"Type":"T","DependsOn":"B"},"B":{"Type":"T","DependsOn":"C"},"C":{"Type":"T","Properties":{"X":{"Ref":"A"}}}}}`, "in a circle: A -> B -> C -> A"},
		"dependency": {`{"Resources":{"A":{"Type":"T","DependsOn":"Z"}}}`, "A depends on Z, which is not in the template"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := cloudformation.Deploy(t.Context(), assemble(t, test.template), broken, cloudformation.Options{Timeout: 20 * time.Millisecond})
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestInterruptionEndsTheDeployment(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	stuck := cloudformation.Registry{"Test::Stuck": cloudformation.ProviderFunc(func(ctx context.Context, _ cloudformation.Resource) (cloudformation.Attributes, error) {
		cancel()
		<-ctx.Done()
		return cloudformation.Attributes{}, ctx.Err()
	})}
	_, err := cloudformation.Deploy(ctx, assemble(t, `{"Resources":{"A":{"Type":"Test::Stuck"}}}`), stuck, cloudformation.Options{})
	require.ErrorIs(t, err, context.Canceled)
}

func TestWhatIsNotEmulatedIsListed(t *testing.T) {
	const template = `{"Resources":{"B":{"Type":"Test::Unknown","Condition":"No"},"A":{"Type":"Test::Unknown"},"C":{"Type":"Custom::Any"}},
		"Conditions":{"No":{"Fn::Equals":["a","b"]}},
		"Outputs":{"Left":{"Value":{"Fn::GetAtt":["A","Arn"]}},"Kept":{"Value":"x"}}}`
	custom := registry()
	custom["Custom::"] = custom["Test::Thing"]
	events := []cloudformation.Event{}
	d, err := cloudformation.Deploy(t.Context(), assemble(t, template), custom,
		cloudformation.Options{Progress: func(e cloudformation.Event) { events = append(events, e) }})
	require.NoError(t, err)
	assert.Equal(t, []cloudformation.NotEmulated{{"stack0", "A", "Test::Unknown", ""}}, d.NotEmulated)
	require.Len(t, events, 2)
	assert.Equal(t, "C", events[0].LogicalID)
	assert.Empty(t, events[1].LogicalID, "the stack itself")
	value, exists := d.Output("stack0", "Left")
	assert.True(t, exists)
	assert.Equal(t, "A.Arn", value)
	value, exists = d.Output("stack0", "Kept")
	assert.True(t, exists)
	assert.Equal(t, "x", value)
}

// What is not run is referred to as if it were: in the form that its attributes
// have, by the name that the template gives it. Nothing else stops for it.
func TestWhatIsNotRunHasPlausibleNames(t *testing.T) {
	const template = `{"Resources":{
		"Table":{"Type":"AWS::DynamoDB::Table","Properties":{"TableName":"orders"}},
		"Queue":{"Type":"AWS::SQS::Queue"},
		"Function":{"Type":"Test::Foreign"},
		"User":{"Type":"Test::Thing","Properties":{"Name":{"Ref":"Table"},"Arn":{"Fn::GetAtt":["Table","Arn"]}}}},
		"Outputs":{
			"Table":{"Value":{"Ref":"Table"}},"Arn":{"Value":{"Fn::GetAtt":["Table","Arn"]}},
			"Queue":{"Value":{"Fn::GetAtt":["Queue","Arn"]}},"Function":{"Value":{"Fn::GetAtt":["Function","Arn"]}}}}`
	foreign := registry()
	foreign["Test::Foreign"] = cloudformation.ProviderFunc(func(context.Context, cloudformation.Resource) (cloudformation.Attributes, error) {
		return cloudformation.Attributes{}, &cloudformation.NotRunError{Reason: "its runtime is nodejs24.x"}
	})
	d, err := cloudformation.Deploy(t.Context(), assemble(t, template), foreign, cloudformation.Options{})
	require.NoError(t, err)
	for name, want := range map[string]string{
		"Table": "orders", "Arn": "arn:aws:dynamodb:eu-west-1:111122223333:table/orders", "Queue": "arn:aws:sqs:eu-west-1:111122223333:Queue", "Function": "Function.Arn",
	} {
		value, exists := d.Output("stack0", name)
		assert.True(t, exists, name)
		assert.Equal(t, want, value)
	}
	assert.Equal(t, []cloudformation.NotEmulated{
		{"stack0", "Table", "AWS::DynamoDB::Table", ""}, {"stack0", "Queue", "AWS::SQS::Queue", ""}, {"stack0", "Function", "Test::Foreign", "its runtime is nodejs24.x"},
	}, d.NotEmulated)
}

func FuzzDeploy(f *testing.F) {
	f.Add(`{"Fn::Join":["",[{"Ref":"A"}]]}`)
	f.Add(`{"Fn::Sub":["${A",{}]}`)
	f.Add(`{"Fn::Select":[-1,[]]}`)
	f.Fuzz(func(t *testing.T, expression string) {
		if !json.Valid([]byte(expression)) {
			return
		}
		// Any template is brought up or refused; none panics or hangs.
		_, _ = cloudformation.Deploy(t.Context(), assemble(t, `{"Resources":{"R":{"Type":"Test::Thing","Properties":{"V":`+expression+`}}}}`), registry(), cloudformation.Options{Timeout: time.Second})
	})
}
