package position

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/stretchr/testify/assert"
)

// store answers after a while, with a value or not at all.
type store struct {
	takes time.Duration
	value *string
	asked int
}

func (s *store) GetParameter(ctx context.Context, _ *ssm.GetParameterInput, _ ...func(*ssm.Options)) (*ssm.GetParameterOutput, error) {
	s.asked++
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(s.takes):
	}
	if s.value == nil {
		return nil, errors.New("ThrottlingException")
	}
	return &ssm.GetParameterOutput{Parameter: &types.Parameter{Value: s.value}}, nil
}

func newReader(s *store) *Reader {
	return &Reader{Parameter: "/p", Allowed: []string{"on", "off"}, Client: s, Timeout: 2 * time.Second, Patience: time.Second, Now: time.Now}
}

func readFor(r *Reader, d time.Duration) (value string) {
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		value, _ = r.Read(context.Background())
	}
	return value
}

// What cannot be read is asked for about once a second, known or not: instances that
// ask on each request would keep Parameter Store throttled.
func TestAFailedReadIsNotRepeatedByEveryCaller(t *testing.T) {
	for name, takes := range map[string]time.Duration{"refused": 0, "hanging": time.Hour} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &store{takes: takes}
				r := newReader(s)
				assert.Equal(t, Unknown, readFor(r, 10*time.Second))
				assert.LessOrEqual(t, s.asked, 10)

				on := "on"
				s.takes, s.value = 0, &on
				assert.Equal(t, "on", readFor(r, 4*time.Second), "and is known when it can be read again")
				s.value, s.asked = nil, 0
				assert.Equal(t, "on", readFor(r, 10*time.Second), "what was known stays")
				assert.LessOrEqual(t, s.asked, 2)
			})
		})
	}
}

func TestCallersWaitNoLongerThanTheirPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, began := newReader(&store{takes: time.Hour}), time.Now()
		r.Read(t.Context())
		assert.Equal(t, time.Second, time.Since(began))
		time.Sleep(1100 * time.Millisecond) // the read has given up
		began = time.Now()
		r.Read(t.Context())
		assert.Zero(t, time.Since(began), "nobody waits for another try at once")
		time.Sleep(time.Second)
		synctest.Wait()
	})
}
