package peeredcluster

import "testing"

// TestADeletionThatLosesARaceForAnEditedObjectWaits: the step that restores it then ends without a finding, which was
// dereferenced.
func TestADeletionThatLosesARaceForAnEditedObjectWaits(t *testing.T) {
	if left := (&subject{}).notReached(findings{}); left == "" {
		t.Error("the object is let go, and nothing of it was taken back")
	}
}
