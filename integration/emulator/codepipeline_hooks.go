package emulator

import "maps"

func hookOperations() map[string]owned {
	return map[string]owned{
		"codepipeline.PutWebhook": putHook, "codepipeline.DeleteWebhook": dropHook, "codepipeline.ListWebhooks": listHooks,
		"codepipeline.TagResource": tagResource, "codepipeline.UntagResource": untagResource, "codepipeline.ListTagsForResource": listTags,
	}
}

func putHook(r *request) (object, error) {
	definition := child(r.in, "webhook")
	name := text(definition, "name")
	p, err := r.pipeline(text(definition, "targetPipeline"))
	if err != nil {
		return nil, err
	}
	if name == "" || p.stage(text(definition, "targetAction")) >= 0 {
		return nil, refusal(validation, "A webhook has a name and aims at an action")
	}
	hook := object{
		"definition": definition, "arn": r.at.arn("codepipeline", "webhook:"+name), "tags": r.in["tags"],
		"url": "https://" + r.at.region + ".webhooks.aws/trigger?t=" + newID(),
	}
	if before := r.here.webhooks[name]; before != nil {
		hook["url"] = before["url"]
	}
	r.here.webhooks[name] = hook
	r.tag(text(hook, "arn"))
	return object{"webhook": hook}, nil
}

func dropHook(r *request) (object, error) {
	delete(r.here.webhooks, r.text("name"))
	return nil, nil
}

func listHooks(r *request) (object, error) {
	all := []object{}
	for _, name := range sortedKeys(r.here.webhooks) {
		all = append(all, r.here.webhooks[name])
	}
	r.in["nextToken"] = r.in["NextToken"] // the one operation that spells it so
	r.in["maxResults"] = r.in["MaxResults"]
	out, err := page(r.in, all, 100, "webhooks", "InvalidNextTokenException")
	if err == nil && out["nextToken"] != nil {
		out["NextToken"] = out["nextToken"]
	}
	return out, err
}

// tag adds the tags that were sent to those of the resource.
func (r *request) tag(name string) {
	tags := r.here.tags[name]
	if tags == nil {
		tags = map[string]string{}
		r.here.tags[name] = tags
	}
	for _, tag := range objects(r.in, "tags") {
		tags[text(tag, "key")] = text(tag, "value")
	}
}

func (r *request) tagged() (string, error) {
	name := r.text("resourceArn")
	if r.here.tags[name] == nil {
		return "", refusal(notFound, "The resource '%s' was not found", name)
	}
	return name, nil
}

func tagResource(r *request) (object, error) {
	name, err := r.tagged()
	if err != nil {
		return nil, err
	}
	r.tag(name)
	return nil, nil
}

func untagResource(r *request) (object, error) {
	name, err := r.tagged()
	if err != nil {
		return nil, err
	}
	for _, key := range texts(r.in, "tagKeys") {
		delete(r.here.tags[name], key)
	}
	return nil, nil
}

func listTags(r *request) (object, error) {
	name, err := r.tagged()
	if err != nil {
		return nil, err
	}
	tags := maps.Clone(r.here.tags[name])
	all := []object{}
	for _, key := range sortedKeys(tags) {
		all = append(all, object{"key": key, "value": tags[key]})
	}
	return page(r.in, all, 100, "tags", "InvalidNextTokenException")
}
