package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// missingTool says that the machine lacks what the deployment goes to, and what
// to do about it.
type missingTool string

func (m missingTool) Error() string { return string(m) }

const requirements = "internal/e2e/requirements.txt"

// installEmulator makes the virtual environment with the pinned packages, or
// makes it anew when it is not the one of these requirements.
func installEmulator(ctx context.Context, venv string) (binary string, err error) {
	python, err := exec.LookPath("python3")
	if err != nil {
		return "", missingTool("python3 is not on PATH, and the emulator runs on it: install Python 3 with venv and pip, then run again")
	}
	text, err := os.ReadFile(requirements)
	if err != nil {
		return "", fmt.Errorf("read the emulator's packages: %w", err)
	}
	sum := sha256.Sum256(text)
	wanted := hex.EncodeToString(sum[:])
	binary = filepath.Join(venv, "bin", "ministack")
	// Written last: an installation that was interrupted has none.
	stamp := filepath.Join(venv, "requirements.sha256")
	if installed, err := os.ReadFile(stamp); err == nil && string(installed) == wanted { //nolint:gosec // a folder of ours
		return binary, nil
	}
	for _, args := range [][]string{
		{python, "-m", "venv", "--clear", venv},
		{filepath.Join(venv, "bin", "pip"), "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", requirements},
	} {
		command := exec.CommandContext(ctx, args[0], args[1:]...) //nolint:gosec // fixed arguments
		if output, err := command.CombinedOutput(); err != nil {
			return "", missingTool(fmt.Sprintf("the emulator cannot be installed, `%s` failed (%v):\n%s\nSee that Python 3 has venv and pip and that pip reaches a package index, then run again",
				strings.Join(args, " "), err, strings.TrimSpace(string(output))))
		}
	}
	if err := os.WriteFile(stamp, []byte(wanted), 0o600); err != nil { //nolint:gosec // a folder of ours
		return "", fmt.Errorf("mark the emulator as installed: %w", err)
	}
	return binary, nil
}
