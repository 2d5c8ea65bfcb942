package strict

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Parse reads the one JSON document that a text is. A name that an object has twice is a problem: only the last would
// count.
func (ps *Problems) Parse(text []byte) (any, error) {
	decoder := numbers(text)
	var document any
	if err := decoder.Decode(&document); err != nil {
		return nil, fmt.Errorf("this is not JSON: %w", atLine(text, err))
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more than one JSON document: remove what follows the first")
	}
	return document, ps.doubled(numbers(text), nil)
}

func numbers(text []byte) *json.Decoder {
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	return decoder
}

// doubled notes the names that an object at p or below has twice.
func (ps *Problems) doubled(decoder *json.Decoder, p Path) error {
	opening, err := decoder.Token()
	if _, opens := opening.(json.Delim); err != nil || !opens {
		return err
	}
	seen := map[any]bool{}
	for i := 0; decoder.More(); i++ {
		var step any = i
		if opening == json.Delim('{') {
			if step, err = decoder.Token(); err != nil {
				return err
			}
		}
		if seen[step] {
			ps.Add(p.To(step), "is given twice", "remove one")
		}
		seen[step] = true
		if err := ps.doubled(decoder, p.To(step)); err != nil {
			return err
		}
	}
	_, err = decoder.Token()
	return err
}

// atLine says where a text is no JSON, and in words what encoding/json has no words for.
func atLine(text []byte, err error) error {
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.EOF):
		return errors.New("it is empty")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("it ends before its last bracket or quote is closed")
	case !errors.As(err, &syntax):
		return err
	}
	before := string(text[:min(int(syntax.Offset), len(text))])
	return fmt.Errorf("line %d: %w", 1+strings.Count(before, "\n"), err)
}
