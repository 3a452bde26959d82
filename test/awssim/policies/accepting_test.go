package policies

import "testing"

// TestARequestThatThePeerMadeIsAcceptedByAnyRoleButOneThatHasOnlyRequesterJSON: the README tells to attach both.json
// where such a request is used.
func TestARequestThatThePeerMadeIsAcceptedByAnyRoleButOneThatHasOnlyRequesterJSON(t *testing.T) {
	for file, may := range map[string]bool{"requester.json": false, "accepter.json": true, "both.json": true} {
		t.Run(file, func(t *testing.T) {
			w := newWorld(t, "eu-west-1", "us-east-1")
			sides := documents[file]
			w.attach(file, sides.own, sides.peer, "")
			err := w.accept(w.pending(w.peer, w.own))
			if may && err != nil || !may && !denied(err) {
				t.Errorf("it may accept: %t, and AWS says: %v", may, err)
			}
		})
	}
}

// TestBothAllowsWhatRequesterAllows: so it can be attached in its place.
func TestBothAllowsWhatRequesterAllows(t *testing.T) {
	both := statementsOf(t, "both.json")
	for sid := range statementsOf(t, "requester.json") {
		if !both[sid] {
			t.Errorf("both.json lacks %s", sid)
		}
	}
}
