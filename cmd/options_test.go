package main

import (
	"testing"
	"time"
)

func TestOptionsThatCanNotWorkAreRefused(t *testing.T) {
	for name, test := range map[string]struct {
		edit func(*options)
		want string
	}{
		"the defaults in a pod are fine": {func(o *options) { o.namespace = "crossvpc-system" }, ""},
		"a namespace is needed":          {func(o *options) { o.namespace = "" }, "--namespace must be given, or POD_NAMESPACE be set"},
		"a sweep of a second would hammer AWS": {
			func(o *options) { o.namespace, o.sweep = "n", time.Second }, "--sweep must be from 10s to 1h",
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := defaultOptions()
			test.edit(o)
			got := ""
			if err := o.validate(); err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("validate() = %q, want %q", got, test.want)
			}
		})
	}
}
