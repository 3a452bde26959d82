package peeredcluster

import "k8s.io/apimachinery/pkg/types"

// noteRefusal keeps for the next pass's message which pod and which budget hold a node up.
func (p *pass) noteRefusal(node, refusal string) {
	seen := p.observed.NodeNamed(node)
	switch {
	case seen == nil:
	case refusal == "":
		p.refusals.Delete(seen.UID)
	default:
		p.refusals.Store(seen.UID, refusal)
	}
}

func (p *pass) refusalOn(node types.UID) string {
	refusal, _ := p.refusals.Load(node)
	text, _ := refusal.(string)
	return text
}

// forgetRefusal is for a node that is not being emptied any more.
func (p *pass) forgetRefusal(node types.UID) { p.refusals.Delete(node) }
