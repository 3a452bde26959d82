package iam

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// checkUnique refuses an object with the same name twice: of two condition blocks of one operator a reader of JSON
// keeps one, and the other proves nothing.
func checkUnique(decoder *json.Decoder) error {
	opening, err := decoder.Token()
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return err
	}
	delimiter, nested := opening.(json.Delim)
	if !nested {
		return nil
	}
	names := map[string]bool{}
	for decoder.More() {
		if delimiter == '{' {
			name, err := decoder.Token()
			if err != nil {
				return err
			}
			text := fmt.Sprint(name)
			if names[text] {
				return fmt.Errorf("%q is there twice", text)
			}
			names[text] = true
		}
		if err := checkUnique(decoder); err != nil {
			return err
		}
	}
	_, err = decoder.Token()
	return err
}
