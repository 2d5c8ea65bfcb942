// Command broken ends before it asks for an event.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "BUCKET_NAME is missing")
	os.Exit(1)
}
