package plugin

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

// approvePlan approves the plan that was shown, and no other.
func (s *session) approvePlan(ctx context.Context, kube client.Client, key client.ObjectKey, shown view.Plan, yes bool) error {
	if !yes {
		agreed, err := s.ask(fmt.Sprintf("Carry out plan %s of VPCPeering %s? Only yes approves it: ", shown.Hash, key))
		if err != nil {
			return err
		}
		if !agreed {
			_, err := fmt.Fprintln(s.streams.ErrOut, "Not approved. Nothing is changed.")
			return errors.Join(errNotGood, err)
		}
	}
	peering := &v1alpha1.VPCPeering{}
	if err := kube.Get(ctx, key, peering); err != nil {
		return err
	}
	if plan := peering.Status.Plan; plan == nil || plan.Hash != shown.Hash || peering.Status.ObservedGeneration != peering.Generation {
		_, err := fmt.Fprintf(s.streams.ErrOut, "Not approved: the plan of VPCPeering %s changed while you read it. Read it again: kubectl crossvpc plan %s --namespace %s --wait 2m\n", key, key.Name, key.Namespace)
		return errors.Join(errNotGood, err)
	}
	before := peering.DeepCopy()
	peering.Spec.ApprovedPlan = shown.Hash
	if err := kube.Patch(ctx, peering, client.MergeFrom(before), client.FieldOwner("kubectl-crossvpc")); err != nil {
		return err
	}
	if peering.Spec.ApprovedPlan != shown.Hash {
		return errDropped
	}
	_, err := fmt.Fprintf(s.said(), "vpcpeering/%s approved: plan %s\n", key.Name, shown.Hash)
	return err
}

// said is where a command says what it did: beside the data, if data was asked for.
func (s *session) said() io.Writer {
	if s.output != "" {
		return s.streams.ErrOut
	}
	return s.streams.Out
}

// ask asks a person. Whoever can't answer says no.
func (s *session) ask(question string) (bool, error) {
	if _, err := fmt.Fprint(s.streams.ErrOut, question); err != nil {
		return false, err
	}
	answer, err := bufio.NewReader(s.streams.In).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	return strings.TrimSpace(answer) == "yes", nil
}
