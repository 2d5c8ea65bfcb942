package operate

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/stretchr/testify/assert"

	"github.com/regionpair/regionpair/internal/contract"
)

// parameterStore answers each write of the switch, of the fence and of the hold with a
// status, the last one again and again, and keeps what was written.
type parameterStore struct {
	switched, fenced, held []int
	values                 map[string]string
}

func (s *parameterStore) world(t *testing.T) World {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return World{Now: time.Now, AWS: aws.Config{
		BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
		Retryer: func() aws.Retryer { return aws.NopRetryer{} },
	}}
}

func (s *parameterStore) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var input struct{ Name, Value string }
	_ = json.NewDecoder(r.Body).Decode(&input)
	statuses := &s.switched
	switch {
	case strings.HasSuffix(input.Name, "/fence"):
		statuses = &s.fenced
	case strings.HasSuffix(input.Name, "/hold"):
		statuses = &s.held
	}
	if !strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".PutParameter") {
		_, _ = io.WriteString(w, `{"Parameters": []}`)
		return
	}
	status := http.StatusOK
	if len(*statuses) > 0 {
		status = (*statuses)[0]
		*statuses = (*statuses)[min(1, len(*statuses)-1):]
	}
	w.WriteHeader(status)
	if status != http.StatusOK {
		_, _ = io.WriteString(w, `{"__type": "AccessDeniedException", "message": "no"}`)
		return
	}
	s.values[input.Name] = input.Value
	_, _ = io.WriteString(w, `{"Version": 7}`)
}

// nobody is a person who says nothing.
type nobody struct{}

func (nobody) Plan(Result)                         {}
func (nobody) Confirm(context.Context, Pair) error { return nil }
func (nobody) Saw(Event)                           {}
func (nobody) Waiting(Result)                      {}

// Whatever becomes of the switch, the fence fits it: where clients stay, their Region
// takes writes and the other one does not, or the operator is told what is not so.
func TestTheFenceFitsASwitchThatIsRefused(t *testing.T) {
	denied, failing := []int{http.StatusBadRequest}, []int{http.StatusInternalServerError}
	for name, test := range map[string]struct {
		order            Order
		switched, fenced []int
		outcome, fence   string
		says             []string
	}{
		"failover that is refused":            {Order{Action: ActionFailover, Fence: &Fencing{}}, denied, nil, OutcomeFailed, "off", []string{"AccessDenied", "nobody was moved, and the fence is open"}},
		"failover, fence stays closed":        {Order{Action: ActionFailover, Fence: &Fencing{}}, denied, denied, OutcomeNotKnown, "on", []string{"eu-west-1 may still take no writes", "regionpair release"}},
		"failover that nobody knows of":       {Order{Action: ActionFailover, Fence: &Fencing{}}, failing, nil, OutcomeNotKnown, "on", []string{"whether the switch was set is not known", "regionpair failover", "regionpair release", "eu-west-1 takes no writes"}},
		"failover that is done":               {Order{Action: ActionFailover, Fence: &Fencing{}}, nil, nil, "", "on", nil},
		"failback that is refused":            {Order{Action: ActionFailback}, denied, nil, OutcomeFailed, "on", []string{"nobody was moved, and the fence is closed as before"}},
		"failback, fence stays open":          {Order{Action: ActionFailback}, denied, denied, OutcomeNotKnown, "off", []string{"eu-west-1 may take writes, and clients stay with eu-central-1"}},
		"failback that nobody knows of":       {Order{Action: ActionFailback}, failing, nil, OutcomeNotKnown, "off", []string{"whether the switch was set is not known"}},
		"failover without a fence, refused":   {Order{Action: ActionFailover}, denied, nil, OutcomeFailed, "on", []string{"nothing was changed"}},
		"release of an open fence, refused":   {Order{Action: ActionRelease}, denied, nil, OutcomeFailed, "on", []string{"the fence is closed as before"}},
		"hold, which has none, and is denied": {Order{Action: ActionHold}, denied, nil, OutcomeFailed, "on", []string{"nothing was changed"}},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := NewPair("orders", "eu-west-1", "eu-central-1", "api.example.com")
			assert.NoError(t, err)
			store := &parameterStore{switched: test.switched, values: map[string]string{contract.FenceParameter(p.Name): "on"}}
			c := &change{world: store.world(t), order: test.order, person: nobody{}, primary: RegionObservation{Region: p.Primary, Fence: contract.PositionOn}}
			if c.position() == contract.PositionOff {
				assert.True(t, c.unlock(t.Context(), p))
			}
			store.fenced = test.fenced
			assert.Equal(t, test.outcome == "", c.turn(t.Context(), p))
			assert.Equal(t, test.outcome, c.result.Outcome)
			assert.Equal(t, test.fence, store.values[contract.FenceParameter(p.Name)])
			for _, part := range test.says {
				assert.Contains(t, c.result.Text(Paint{}), part)
			}
		})
	}
}

// The same of the hold: a primary that a person keeps out stays out when its clients
// stay where they are.
func TestTheHoldFitsASwitchThatIsRefused(t *testing.T) {
	denied, failing, once := []int{http.StatusBadRequest}, []int{http.StatusInternalServerError}, []int{http.StatusOK, http.StatusBadRequest}
	for name, test := range map[string]struct {
		switched, fenced, held []int
		outcome, hold, fence   string
		says                   []string
	}{
		"done":                 {nil, nil, nil, "", "off", "off", nil},
		"the switch":           {denied, nil, nil, OutcomeFailed, "on", "on", []string{"AccessDenied", "nobody was moved, and the hold is on as before, and the fence is closed as before"}},
		"the switch, and then": {denied, nil, once, OutcomeNotKnown, "off", "on", []string{"nobody was moved; eu-west-1 is not held any more: eu-west-1: write /orders/failover/hold: AccessDenied"}},
		"the hold":             {nil, nil, denied, OutcomeFailed, "on", "on", []string{"eu-west-1 is held, and that could not be ended: eu-west-1: write /orders/failover/hold: AccessDenied", "nobody was moved, and the fence is closed as before"}},
		"the hold, perhaps":    {nil, nil, failing, OutcomeNotKnown, "on", "off", []string{"whether eu-west-1 is still held is not known", "regionpair failback"}},
		"the fence":            {nil, denied, nil, OutcomeFailed, "on", "on", []string{"its fence could not be opened"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := orders(t)
			hold, fence := contract.HoldParameter(p.Name), contract.FenceParameter(p.Name)
			store := &parameterStore{switched: test.switched, fenced: test.fenced, held: test.held, values: map[string]string{hold: "on", fence: "on"}}
			c := &change{
				world: store.world(t), order: Order{Action: ActionFailback}, person: nobody{},
				primary: RegionObservation{Region: p.Primary, Hold: contract.PositionOn, Fence: contract.PositionOn},
			}
			done := c.unlock(t.Context(), p) && c.turn(t.Context(), p)
			assert.Equal(t, test.outcome == "", done)
			assert.Equal(t, test.outcome, c.result.Outcome)
			assert.Equal(t, [2]string{test.hold, test.fence}, [2]string{store.values[hold], store.values[fence]})
			for _, part := range test.says {
				assert.Contains(t, c.result.Text(Paint{}), part)
			}
		})
	}
}

func TestAnOrderIsDoneWhenItWouldChangeNothing(t *testing.T) {
	for name, test := range map[string]struct {
		action, position, serving, fence, hold string
		want                                   bool
	}{
		"failover, a person has turned it on":  {ActionFailover, "on", "eu-central-1", "", "", true},
		"failover, the guard has":              {ActionFailover, "guard", "eu-central-1", "", "", false},
		"failover, clients have not followed":  {ActionFailover, "on", "eu-west-1", "", "", false},
		"failover, Route 53 has moved them":    {ActionFailover, "off", "eu-central-1", "", "", false},
		"hold, a person has turned it on":      {ActionHold, "on", "eu-central-1", "", "", true},
		"hold, the guard has":                  {ActionHold, "guard", "eu-central-1", "", "", false},
		"failback, it is off":                  {ActionFailback, "off", "eu-west-1", "off", "", true},
		"failback, it is off, fence is closed": {ActionFailback, "off", "eu-west-1", "on", "", false},
		"failback, the guard has turned it on": {ActionFailback, "guard", "eu-central-1", "", "", false},
		"failback, it is off, primary is held": {ActionFailback, "off", "eu-central-1", "off", "on", false},
		"failback, the guard has held it":      {ActionFailback, "off", "eu-west-1", "off", "guard", true},
		"release, it is off":                   {ActionRelease, "off", "eu-central-1", "", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			o := normal(t)
			o.lead(test.serving)
			o.Regions[1].Switch, o.Regions[0].Fence, o.Regions[0].Hold = test.position, test.fence, test.hold
			c := &change{order: Order{Action: test.action}}
			assert.Equal(t, test.want, c.isDone(o))
		})
	}
}
