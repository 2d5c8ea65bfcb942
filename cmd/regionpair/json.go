package main

import (
	"encoding/json"
	"fmt"
	"io"
)

// printJSON writes one document on a line, in which "<" and "&" stay readable.
func printJSON(out io.Writer, document any) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(document); err != nil {
		return fmt.Errorf("print JSON: %w", err)
	}
	return nil
}
