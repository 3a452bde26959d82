package object

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestADeletionSaysWhatItWaitsForAndWhatToDo(t *testing.T) {
	stays, goes := named("stays"), named("goes")
	goes.DeletionTimestamp = &metav1.Time{Time: time.Now()}
	for name, test := range map[string]struct {
		add  func(*Users)
		want string
	}{
		"of what is going nobody is asked to delete it": {
			func(u *Users) { u.Add(goes, "B"); u.Add(goes, "A") },
			"Deletion waits for what is being deleted already: A, B.",
		},
		"what stays is to be deleted, or to name another": {
			func(u *Users) { u.Add(stays, "A") },
			"Deletion waits until nothing uses this AWSIdentity. Delete A, or let them name another. To keep it, wait.",
		},
		"both": {
			func(u *Users) { u.Add(goes, "A"); u.Add(stays, "B") },
			"Deletion waits for what is being deleted already: A. Deletion waits until nothing uses this AWSIdentity. Delete B, or let them name another. To keep it, wait.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var users Users
			test.add(&users)
			if got := users.Hold("AWSIdentity", "To keep it, wait."); got != test.want {
				t.Errorf("said\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}
