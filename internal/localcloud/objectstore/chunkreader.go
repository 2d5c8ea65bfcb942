package objectstore

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// chunkReader reads aws-chunked content:
// <hex size>[;signature]\r\n<data>\r\n … 0[;signature]\r\n[<trailer>\r\n …]\r\n.
type chunkReader struct {
	source  *bufio.Reader
	trailer http.Header
	left    int64
	done    bool
}

// Read implements io.Reader.
func (c *chunkReader) Read(p []byte) (int, error) {
	if c.left == 0 && !c.done {
		if err := c.nextChunk(); err != nil {
			return 0, err
		}
	}
	if c.done {
		return 0, io.EOF
	}
	if int64(len(p)) > c.left {
		p = p[:c.left]
	}
	n, err := c.source.Read(p)
	c.left -= int64(n)
	if err == nil && c.left == 0 {
		err = c.endOfChunk()
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func (c *chunkReader) endOfChunk() error {
	line, err := c.line()
	if err == nil && line != "" {
		return fmt.Errorf("a chunk is longer than it says: %q", line)
	}
	return err
}

func (c *chunkReader) nextChunk() error {
	line, err := c.line()
	if err != nil {
		return io.ErrUnexpectedEOF
	}
	text, _, _ := strings.Cut(line, ";")
	size, err := strconv.ParseInt(text, 16, 64)
	if err != nil || size < 0 {
		return fmt.Errorf("%q is not the size of a chunk", text)
	}
	c.left, c.done = size, size == 0
	if c.done {
		return c.readTrailer()
	}
	return nil
}

// readTrailer reads to an empty line or the end, which some clients leave out.
func (c *chunkReader) readTrailer() error {
	for {
		line, err := c.line()
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if line == "" {
			return nil
		}
		name, value, found := strings.Cut(line, ":")
		if !found {
			return fmt.Errorf("%q is not a trailing header", line)
		}
		c.trailer.Set(strings.TrimSpace(name), strings.TrimSpace(value))
	}
}

// line returns the next line, which must fit into the buffer.
func (c *chunkReader) line() (string, error) {
	line, err := c.source.ReadSlice('\n')
	return strings.TrimRight(string(line), "\r\n"), err
}
