// Command skips lists the tests that a run of `go test -json` skipped, each with the reason that it gave: nothing is left
// out without a word.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
)

func main() {
	if err := list(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "skips:", err)
		os.Exit(1)
	}
}

// event is a line of test2json (https://pkg.go.dev/cmd/test2json).
type event struct{ Action, Package, Test, Output string }

// said is a line that a test wrote: the file, the line, and what it said.
var said = regexp.MustCompile(`^\s+\S+\.go:\d+: (.*)`)

// list keeps what each test said last, which is the reason when it is skipped. Lines that are no event are not its business.
func list(events io.Reader, to io.Writer) error {
	reasons := map[[2]string]string{}
	lines := bufio.NewReader(events)
	for {
		line, err := lines.ReadBytes('\n')
		var e event
		if json.Unmarshal(line, &e) == nil && e.Test != "" {
			test := [2]string{e.Package, e.Test}
			switch text := said.FindStringSubmatch(e.Output); {
			case text != nil:
				reasons[test] = strings.TrimSpace(text[1])
			case e.Action == "skip":
				if _, err := fmt.Fprintf(to, "%s %s: %s\n", e.Package, e.Test, reason(reasons[test])); err != nil {
					return err
				}
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func reason(said string) string {
	if said == "" {
		return "no reason given"
	}
	return said
}
