package main

import (
	"strings"
	"testing"
)

// The API server takes the field manager from the user agent, up to the slash:
// https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/apiserver/pkg/endpoints/handlers/create.go
func TestOurFieldManagerIsNotTheNameOfTheBinary(t *testing.T) {
	if manager, _, _ := strings.Cut(userAgent(), "/"); manager != "crossvpc" {
		t.Errorf("the field manager is %q", manager)
	}
}
