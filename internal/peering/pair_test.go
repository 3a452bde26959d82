package peering

import "testing"

func TestAPairIsReadAndChangedByRole(t *testing.T) {
	pair := Pair[string]{Requester: "a", Accepter: "b"}
	for _, role := range Roles() {
		*pair.At(role) += (*pair.At(role.Other()))[:1]
	}
	if want := (Pair[string]{Requester: "ab", Accepter: "ba"}); pair != want {
		t.Errorf("got %+v, want %+v", pair, want)
	}
}
