package aws

import (
	"cmp"
	"maps"
	"slices"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// Owner is the value of the owner tag of a VPCPeering's resources:
// <installationID>/<namespace>/<name>. It survives a restore from Git.
func Owner(installationID, namespace, name string) string {
	return installationID + "/" + namespace + "/" + name
}

// Tags are the tags for what a VPCPeering makes: the user's own, a Name unless
// they give one, and the two that crossvpc knows its resources by, which can't be overruled.
func Tags(installationID, namespace, name string, own map[string]string) map[string]string {
	tags := map[string]string{"Name": "crossvpc " + namespace + "/" + name}
	maps.Copy(tags, own)
	tags[v1alpha1.TagOwner] = Owner(installationID, namespace, name)
	tags[v1alpha1.TagManagedBy] = installationID
	return tags
}

func tagList(tags map[string]string) []ec2types.Tag {
	list := make([]ec2types.Tag, 0, len(tags))
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, ec2types.Tag{Key: awssdk.String(key), Value: awssdk.String(tags[key])})
	}
	return list
}

func tagSpecification(kind ec2types.ResourceType, tags map[string]string) []ec2types.TagSpecification {
	if len(tags) == 0 {
		return nil
	}
	return []ec2types.TagSpecification{{ResourceType: kind, Tags: tagList(tags)}}
}

func tagMap(list []ec2types.Tag) map[string]string {
	tags := make(map[string]string, len(list))
	for _, tag := range list {
		tags[awssdk.ToString(tag.Key)] = awssdk.ToString(tag.Value)
	}
	return tags
}

// description is what a person sees on a rule in the console. EC2 allows 255 characters.
func description(tags map[string]string) string {
	text := "crossvpc " + cmp.Or(tags[v1alpha1.TagOwner], "rule")
	return text[:min(len(text), 255)]
}
