package main

import (
	"strings"
	"testing"
)

func TestEverySkippedTestIsListedWithTheReasonThatItGave(t *testing.T) {
	events := strings.Join([]string{
		`{"Action":"start","Package":"p"}`,
		`not an event`,
		`{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:7: moto_server is not on this machine\n"}`,
		`{"Action":"output","Package":"p","Test":"TestA","Output":"--- SKIP: TestA (0.00s)\n"}`,
		`{"Action":"skip","Package":"p","Test":"TestA"}`,
		`{"Action":"output","Package":"q","Test":"TestA","Output":"    a_test.go:9: only said\n"}`,
		`{"Action":"pass","Package":"q","Test":"TestA"}`,
		`{"Action":"skip","Package":"q","Test":"TestB"}`,
		`{"Action":"skip","Package":"r"}`,
	}, "\n")
	var out strings.Builder
	if err := list(strings.NewReader(events), &out); err != nil {
		t.Fatal(err)
	}
	if want := "p TestA: moto_server is not on this machine\nq TestB: no reason given\n"; out.String() != want {
		t.Errorf("listed:\n%s\nwant:\n%s", out.String(), want)
	}
}
