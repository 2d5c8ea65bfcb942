package tablestore

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/regionpair/regionpair/internal/localcloud/interpreter"
)

// Version of dynalite that the package was tested with.
const Version = "4.0.0"

// startTimeout is how long dynalite may take until it listens.
const startTimeout = 15 * time.Second

// program listens on loopback, says where, and ends with its parent.
const program = `
const server = require(process.argv[1])({createTableMs: 0, deleteTableMs: 0, updateTableMs: 0})
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
process.stdin.on('end', () => process.exit()).resume()`

// Installation is where Node.js and dynalite are.
type Installation struct{ Node, Dynalite string }

// ErrNotInstalled says that dynalite or Node.js is missing, and what to type.
var ErrNotInstalled = errors.New("not installed")

// Find looks for dynalite in the node_modules of folders and of those above them,
// and for Node.js beside it, then in PATH.
func Find(dirs ...string) (Installation, error) {
	for _, dir := range dirs {
		dir, err := filepath.Abs(dir)
		if err != nil {
			return Installation{}, fmt.Errorf("look for dynalite: %w", err)
		}
		for last := ""; dir != last; last, dir = dir, filepath.Dir(dir) {
			modules := filepath.Join(dir, "node_modules")
			if isFile(filepath.Join(modules, "dynalite", "package.json")) {
				node, err := interpreter.FindNode(dir)
				return Installation{node, filepath.Join(modules, "dynalite")}, err
			}
		}
	}
	return Installation{}, fmt.Errorf("the local cloud serves DynamoDB with dynalite, which is %w here: type `npm install --save-dev dynalite@%s`", ErrNotInstalled, Version)
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

// engine is a dynalite process.
type engine struct {
	command *exec.Cmd
	stdin   io.Closer
	url     string
}

func startEngine(ctx context.Context, installation Installation) (*engine, error) {
	command := exec.Command(installation.Node, "-e", program, installation.Dynalite) //nolint:gosec,noctx // the installed one, which outlives its start
	stdin, err := command.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start dynalite: %w", err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start dynalite: %w", err)
	}
	var stderr strings.Builder
	command.Stderr = &stderr
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start dynalite: %w", err)
	}
	e := &engine{command: command, stdin: stdin}
	port := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(stdout).ReadString('\n')
		port <- strings.TrimSpace(line)
	}()
	timer := time.NewTimer(startTimeout)
	defer timer.Stop()
	select {
	case p := <-port:
		if p == "" {
			e.close()
			return nil, fmt.Errorf("dynalite ended before it listened: %s", stderr.String())
		}
		e.url = "http://127.0.0.1:" + p
		return e, nil
	case <-timer.C:
		err = fmt.Errorf("did not listen within %s", startTimeout)
	case <-ctx.Done():
		err = ctx.Err()
	}
	e.close()
	return nil, fmt.Errorf("start dynalite: %w", err)
}

func (e *engine) close() {
	_ = e.stdin.Close()
	_ = e.command.Process.Kill()
	_ = e.command.Wait()
}
