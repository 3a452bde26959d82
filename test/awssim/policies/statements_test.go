package policies

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/crossvpc/crossvpc/internal/partition"
)

// proof is what shows that a statement is as wide as it has to be and no wider. Each call is made in a world of its own;
// what has to be there before is made by the accounts' owners.
type proof struct {
	// allowed is a call that the statement allows: without the statement it is denied.
	allowed func(*world) error
	// refused are the nearest calls that must not be allowed, by what is wrong about them.
	refused map[string]func(*world) error
}

// documents are the policies of the roles that do the work, with the names of their own and the peer's side.
var documents = map[string]struct{ own, peer string }{
	"requester.json": {"REQUESTER", "ACCEPTER"},
	"accepter.json":  {"ACCEPTER", "REQUESTER"},
	"both.json":      {"OWN", "PEER"},
	"takeover.json":  {"OWN", "PEER"},

	"egress.json":      {"OWN", "PEER"},
	"participant.json": {"OWN", "PEER"},
}

// placesOf are pairs of regions, of every partition that is not closed to the public.
var placesOf = [][2]string{{"eu-west-1", "us-east-1"}, {"us-gov-west-1", "us-gov-east-1"}, {"cn-north-1", "cn-northwest-1"}, {"eusc-de-east-1", "eusc-de-east-1"}}

func TestEachStatementAllowsWhatItIsForAndNotTheNearestThingBesideIt(t *testing.T) {
	for file, sides := range documents {
		for sid := range statementsOf(t, file) {
			proof, known := proofs[sid]
			if !known {
				t.Errorf("%s: nothing shows what statement %s is for: add it to proofs", file, sid)
				continue
			}
			t.Run(file+"/"+sid, func(t *testing.T) {
				w := newWorld(t, "eu-west-1", "us-east-1")
				w.attach(file, sides.own, sides.peer, "")
				if err := proof.allowed(w); err != nil {
					t.Errorf("it does not allow what it is for: %v", err)
				}
				w = newWorld(t, "eu-west-1", "us-east-1")
				w.attach(file, sides.own, sides.peer, sid)
				if err := proof.allowed(w); !denied(err) {
					t.Errorf("what it is for is allowed without it, too: %v", err)
				}
				if len(proof.refused) == 0 {
					t.Error("nothing shows where it ends")
				}
				for _, what := range slices.Sorted(maps.Keys(proof.refused)) {
					w = newWorld(t, "eu-west-1", "us-east-1")
					w.attach(file, sides.own, sides.peer, "")
					if err := proof.refused[what](w); !denied(err) {
						t.Errorf("%s is not denied: %v", what, err)
					}
				}
			})
		}
	}
}

func TestEveryStatementWorksInEveryPartition(t *testing.T) {
	for _, regions := range placesOf {
		for file, sides := range documents {
			for sid := range statementsOf(t, file) {
				t.Run(partition.Of(regions[0]).ID+"/"+file+"/"+sid, func(t *testing.T) {
					w := newWorld(t, regions[0], regions[1])
					w.attach(file, sides.own, sides.peer, "")
					if err := proofs[sid].allowed(w); err != nil {
						t.Error(err)
					}
				})
			}
		}
	}
}

func TestNoProofIsOfAStatementThatIsNoMore(t *testing.T) {
	for sid := range proofs {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(documents)), func(file string) bool { return statementsOf(t, file)[sid] }) {
			t.Errorf("no policy has a statement %s", sid)
		}
	}
}

func statementsOf(t *testing.T, file string) map[string]bool {
	t.Helper()
	w := &world{t: t, ownPlace: Place{Partition: "aws"}, peerPlace: Place{Partition: "aws"}}
	statements, err := Statements(w.fill(file, documents[file].own, documents[file].peer))
	if err != nil {
		t.Fatal(err)
	}
	sids := map[string]bool{}
	for sid := range statements {
		sids[sid] = true
	}
	return sids
}

func (w *world) fill(file, own, peer string) []byte {
	text, err := Installation(installation).With("OWNER_ACCOUNT", lenderAccount).Side(own, w.ownPlace).Side(peer, w.peerPlace).Fill(root, file)
	w.ok(err)
	return text
}

// attach gives the role a policy, without one of its statements where that is named. Adopting and letting out are done beside a side's own policy.
func (w *world) attach(file, own, peer, without string) {
	if file == "participant.json" {
		w.lend()
	}
	text := w.fill(file, own, peer)
	if without != "" {
		var err error
		text, err = Without(text, without)
		w.ok(err)
	}
	w.ok(w.cloud.AttachPolicy(w.role, strings.TrimSuffix(file, ".json"), text))
	if file == "takeover.json" || file == "egress.json" {
		w.ok(w.cloud.AttachPolicy(w.role, "requester", w.fill("requester.json", "REQUESTER", "ACCEPTER")))
	}
}
