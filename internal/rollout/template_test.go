package rollout

import (
	"strings"
	"testing"
)

func TestWhatAGroupLaunchesNowIsComparedWithWhatAnInstanceRunsFrom(t *testing.T) {
	t.Parallel()
	two := Template{ID: "lt-1", Name: "nodes", Version: "2"}
	version := func(number string) Template { return Template{ID: "lt-1", Name: "nodes", Version: number} }
	for name, c := range map[string]struct {
		launches []Template
		from     Template
		says     string
	}{
		"the same version":                       {[]Template{two}, two, ""},
		"a newer version":                        {[]Template{version("3")}, two, "launch template nodes version 3, and nodes of it run from launch template nodes version 2"},
		"an older version":                       {[]Template{version("1")}, two, "launch template nodes version 1"},
		"$Latest, which nobody looked up":        {[]Template{version(LatestVersion)}, two, ""},
		"$Default, which nobody looked up":       {[]Template{version(DefaultVersion)}, two, ""},
		"no version, which is $Default":          {[]Template{version("")}, two, ""},
		"another template":                       {[]Template{{ID: "lt-9", Name: "other", Version: "2"}}, two, "launch template other version 2"},
		"a template that was given another name": {[]Template{{ID: "lt-1", Name: "renamed", Version: "2"}}, two, ""},
		"an override's template":                 {[]Template{version("3"), two}, two, ""},
		"nothing that is known":                  {nil, two, ""},
		"an instance from none that is known":    {[]Template{two}, Template{}, "nodes of it run from none that is known"},
		"the same launch configuration":          {[]Template{{Name: "lc-1"}}, Template{Name: "lc-1"}, ""},
		"another launch configuration":           {[]Template{{Name: "lc-2"}}, Template{Name: "lc-1"}, "launch configuration lc-2, and nodes of it run from launch configuration lc-1"},
		"a template in place of a configuration": {[]Template{two}, Template{Name: "lc-1"}, "run from launch configuration lc-1"},
	} {
		says := ""
		if found := (Group{Launches: c.launches}).otherTemplate(Instance{ID: "i-1", Group: "asg", From: c.from}); found != nil {
			says = found.Message
		}
		if !strings.Contains(says, c.says) || (says == "") != (c.says == "") {
			t.Errorf("%s: %q, want %q", name, says, c.says)
		}
	}
}
