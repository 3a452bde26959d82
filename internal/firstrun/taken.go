package firstrun

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// named is an object that a step will make.
type named struct {
	kind   string
	object client.Object
	key    client.ObjectKey
}

// String names it as people do.
func (n named) String() string {
	if n.key.Namespace != "" {
		return n.kind + " " + n.key.String()
	}
	return n.kind + "/" + n.key.Name
}

// kubectlName is how kubectl takes it.
func (n named) kubectlName() string { return strings.ToLower(n.kind) + "/" + n.key.Name }

// free refuses objects of others: to apply ours would overwrite them, and our undo would delete them.
func (r *run) free(ctx context.Context, remedy string, objects ...named) error {
	for _, o := range objects {
		there, err := exists(r.hub, o.object, o.key)(ctx)
		if err != nil {
			return fmt.Errorf("reading %s: %w", o, err)
		}
		if there {
			return fmt.Errorf("%s is there already, and is not of this run: %s", o, remedy)
		}
	}
	return nil
}

// freeNames: the identities, the other cluster, and the peering, whose name follows from both; then it is not refused a step later.
func (r *run) freeNames(ctx context.Context) error {
	return r.free(ctx, "choose -hub-name and -other-name", theIdentity(r.hub.Name), theIdentity(r.other.Name), theCluster(r.other.object), r.thePeering())
}

// freePeering refuses a VPCPeering that somebody made since: as a plan it would lose what it has in AWS with our undo.
func (r *run) freePeering(ctx context.Context) (json.RawMessage, error) {
	return nil, r.free(ctx, "take back the last step with UNDO=last, then choose -hub-name and -other-name", r.thePeering())
}

func (r *run) thePeering() named { return thePeering(r.Namespace, r.peering()) }
