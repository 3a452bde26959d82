package object

import (
	"slices"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/message"
)

// Users are the objects that rest on another one, by kind and name. The zero value has none.
type Users struct{ going, staying []string }

// Add notes a user. One that is being deleted is waited for; any other stays until somebody
// does something about it.
func (u *Users) Add(user client.Object, name string) {
	list := &u.staying
	if !user.GetDeletionTimestamp().IsZero() {
		list = &u.going
	}
	*list = append(*list, name)
	slices.Sort(*list)
}

// Any reports whether there is a user.
func (u Users) Any() bool { return len(u.going)+len(u.staying) > 0 }

// All names the users, sorted.
func (u Users) All() []string {
	all := slices.Concat(u.going, u.staying)
	slices.Sort(all)
	return all
}

// Hold says what the deletion of an object of some kind waits for: who is told to delete what
// is being deleted already looks for a mistake of his own. Advice is for those who want the users
// that stay to stay.
func (u Users) Hold(kind, advice string) string {
	var said []string
	if len(u.going) > 0 {
		said = append(said, "Deletion waits for what is being deleted already: "+message.List(u.going)+".")
	}
	if len(u.staying) > 0 {
		said = append(said, "Deletion waits until nothing uses this "+kind+". Delete "+message.List(u.staying)+", or let them name another.", advice)
	}
	return strings.TrimSpace(strings.Join(said, " "))
}
