package shell_test

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/shell"
)

func TestAShellReadsWhatIsQuoted(t *testing.T) {
	for _, word := range []string{"plain", "/a/path.txt", "a b", "", "it's", "$HOME `id` \"x\"", "~", "ü", "a\nb"} {
		output, err := exec.CommandContext(t.Context(), "sh", "-c", "printf %s "+shell.Quote(word)).Output()
		require.NoError(t, err)
		assert.Equal(t, word, string(output))
	}
	assert.Equal(t, "cd '/a b' --x=1", shell.Quote("cd", "/a b", "--x=1"))
}
