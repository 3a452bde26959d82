package firstrun

import (
	"errors"
	"strings"
	"testing"

	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

func TestTheProofTellsLeftFromUnreadAndOursFromOthers(t *testing.T) {
	t.Parallel()
	none, left := judge("a", remains{}, nil), judge("b", remains{left: []string{"pcx-1"}}, nil)
	unread, others := judge("c", remains{}, errors.New("no answer")), judge("d", remains{others: []string{"pcx-2 (other)"}}, nil)
	for name, c := range map[string]struct {
		items []view.Item
		says  string
		not   string
		fails bool
	}{
		"nothing":         {[]view.Item{none}, "Nothing is left.", "", false},
		"left":            {[]view.Item{none, left, others}, "what is marked ✖ is left.", "could not be read", true},
		"unread":          {[]view.Item{none, unread, others}, "nothing was seen that is left, and what is marked ? could not be read", "✖", true},
		"left and unread": {[]view.Item{left, unread}, "what is marked ✖ is left, and what is marked ? could not be read", "", true},
		"others":          {[]view.Item{none, others}, "Nothing of installation prod is left. What is marked ‖ is of another installation", "Nothing is left", false},
	} {
		said, err := verdict(view.Item{Items: []view.Item{{Items: c.items}}}, "prod")
		if err != nil {
			said += err.Error()
		}
		if (err != nil) != c.fails || !strings.Contains(said, c.says) || c.not != "" && strings.Contains(said, c.not) {
			t.Errorf("%s: %q", name, said)
		}
	}
	both := judge("e", remains{left: []string{"pcx-1"}, others: []string{"pcx-2 (other)"}}, nil)
	if both.State != view.Bad || both.Message != "Left: pcx-1. Of another installation: pcx-2 (other)." {
		t.Errorf("%+v", both)
	}
}
