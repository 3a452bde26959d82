package firstrun

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/bootstrap"
	"github.com/crossvpc/crossvpc/internal/message"
)

// notingLocal puts on record what a command makes of PeeredCluster/local. Done again, it keeps what is on record where others changed
// the spec in between, for what they wrote is not the run's.
func (r *run) notingLocal(c command) command {
	do := c.do
	c.do = func(ctx context.Context) error {
		was, err := r.localSpec(ctx)
		if err != nil {
			return err
		}
		if err := do(ctx); err != nil {
			return err
		}
		wrote, err := r.localSpec(ctx)
		if err != nil {
			return err
		}
		noted := r.record.find("admit")
		if noted == nil || noted.Wrote != nil && len(changed(noted.Before, was)) > 0 && len(changed(noted.Wrote, was)) > 0 {
			return nil
		}
		noted.Wrote = wrote
		return r.record.write()
	}
	return c
}

// unlessLocalChanged stops before the spec that others changed is put back: their VPCPeerings may rest on it.
func (r *run) unlessLocalChanged() command {
	return command{shown: "# stop where others changed PeeredCluster/local since", do: func(ctx context.Context) error {
		noted, local := r.record.find("admit"), &v1alpha1.PeeredCluster{}
		if noted == nil || noted.Wrote == nil {
			return nil // it was not written, or by a release that did not note it
		}
		if err := r.hub.kube.Get(ctx, client.ObjectKey{Name: bootstrap.LocalCluster}, local); err != nil {
			return ignoreMissing(err)
		}
		now, err := json.Marshal(local.Spec)
		if err != nil {
			return err
		}
		fields := changed(noted.Wrote, now)
		if len(fields) == 0 || len(changed(noted.Before, now)) == 0 {
			return nil
		}
		return fmt.Errorf("PeeredCluster/local was changed since this run wrote it, in %s, and an undo would give it back the spec from before the run. "+
			"Ask who needs the change. When nobody does, give it the spec that the run wrote, which is in the record %s, and go on with make first-run UNDO=all. To leave it to them, delete the record",
			message.List(fields), r.Record)
	}}
}

// changed names the fields in which two specs differ. The run's own steps pause a rollout, resume it and approve a revision.
func changed(from, to json.RawMessage) []string {
	specs := [2]map[string]any{}
	for i, text := range []json.RawMessage{from, to} {
		spec := v1alpha1.PeeredClusterSpec{}
		_ = json.Unmarshal(text, &spec) // written by Marshal
		spec.Rollout.Paused, spec.Rollout.ApprovedRevision = false, ""
		again, _ := json.Marshal(spec)
		_ = json.Unmarshal(again, &specs[i])
	}
	return differing("spec", specs[0], specs[1])
}

func differing(path string, a, b map[string]any) []string {
	keys := maps.Clone(a)
	maps.Copy(keys, b)
	var names []string
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		inA, isA := a[key].(map[string]any)
		inB, isB := b[key].(map[string]any)
		if isA && isB {
			names = append(names, differing(path+"."+key, inA, inB)...)
			continue
		}
		textA, _ := json.Marshal(a[key])
		textB, _ := json.Marshal(b[key])
		if !bytes.Equal(textA, textB) {
			names = append(names, path+"."+key)
		}
	}
	return names
}
