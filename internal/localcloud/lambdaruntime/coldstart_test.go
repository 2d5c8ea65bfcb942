package lambdaruntime_test

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/regionpair/regionpair/internal/localcloud/lambdaruntime"
)

// BenchmarkColdStart is the time from the start of a process to its first
// answer: the object API beside a bare handler with the same client.
func BenchmarkColdStart(b *testing.B) {
	for name, source := range map[string]string{"bare": "./testdata/bare", "objects": "../../../lambda/objects"} {
		binary := filepath.Join(b.TempDir(), name)
		build := exec.CommandContext(b.Context(), "go", "build", "-tags", "lambda.norpc", "-ldflags=-s -w", "-o", binary, source)
		if output, err := build.CombinedOutput(); err != nil {
			b.Fatal(string(output))
		}
		b.Run(name, func(b *testing.B) {
			f := newFunction(b, func(s *lambdaruntime.Spec) {
				s.Binary, s.Environment = binary, map[string]string{"BUCKET_NAME": "b"}
			})
			for b.Loop() {
				result, err := f.Invoke(b.Context(), []byte(`{"httpMethod":"GET","path":"/"}`))
				if err != nil || result.FunctionError != "" {
					b.Fatal(err, string(result.Payload))
				}
				f.Kill()
			}
		})
	}
}
