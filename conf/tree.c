#include "conf/tree.h"

#include <string.h>

#include <yaml.h>

/*
 * libyaml's event interface drives a small recursive builder. Every event is checked
 * against the limits before its node is made, so that a hostile file costs at most
 * TREE_NODES_MAX nodes and the recursion at most TREE_DEPTH_MAX frames. libyaml cannot
 * go on behind a mistake of syntax, so that such a mistake is the last one of its text.
 */

struct builder {
	yaml_parser_t parser;
	const struct report_source *source;
	struct arena *arena;
	struct report *report;
	size_t nodes;
};

static bool build_node(
    struct builder *b, const yaml_event_t *event, unsigned depth, struct tree_node **out);

static struct report_mark
mark_of(const struct builder *b, yaml_mark_t mark)
{
	return (struct report_mark){ .source = b->source,
		.line = (uint32_t)mark.line + 1,
		.column = (uint32_t)mark.column + 1 };
}

static bool
complain(struct builder *b, yaml_mark_t at, const char *text)
{
	struct report_mark mark = mark_of(b, at);

	report_add(b->report, &mark, "%s", text);
	return false;
}

static bool
next_event(struct builder *b, yaml_event_t *event)
{
	struct report_mark mark;

	if (yaml_parser_parse(&b->parser, event))
		return true;
	if (b->parser.error == YAML_MEMORY_ERROR) {
		b->report->nomem = true;
		return false;
	}
	/* A wrong byte has no line of its own in libyaml: the place reached is near
	 * enough. */
	mark = mark_of(b, b->parser.error == YAML_READER_ERROR ? b->parser.mark
							       : b->parser.problem_mark);
	report_add(b->report, &mark, "this is not YAML: %s%s%s",
	    b->parser.problem != NULL ? b->parser.problem : "it cannot be read",
	    b->parser.context != NULL ? ", " : "",
	    b->parser.context != NULL ? b->parser.context : "");
	return false;
}

static struct tree_node *
node_new(struct builder *b, enum tree_kind kind, yaml_mark_t at)
{
	struct tree_node *n;

	if (b->nodes++ >= TREE_NODES_MAX) {
		complain(
		    b, at, "more than 1000000 values; put long lists into list files");
		return NULL;
	}
	if ((n = arena_alloc(b->arena, sizeof(*n))) == NULL) {
		b->report->nomem = true;
		return NULL;
	}
	n->kind = (uint8_t)kind;
	n->mark = mark_of(b, at);
	return n;
}

static bool
build_scalar(struct builder *b, const yaml_event_t *event, struct tree_node **out)
{
	struct tree_node *n;
	char *text;

	if ((n = node_new(b, TREE_SCALAR, event->start_mark)) == NULL)
		return false;
	n->len = event->data.scalar.length;
	n->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	if ((text = arena_alloc(b->arena, n->len + 1)) == NULL) {
		b->report->nomem = true;
		return false;
	}
	memcpy(text, event->data.scalar.value, n->len);
	n->text = text;
	*out = n;
	return true;
}

/* The next child, with its key in a map; *done at the end of the parent. */
static bool
build_child(struct builder *b, struct tree_node *parent, unsigned depth, bool *done,
    struct tree_node **out)
{
	struct tree_node *key = NULL;
	yaml_event_t event;
	bool ok;

	if (!next_event(b, &event))
		return false;
	*done =
	    event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT;
	if (!*done && parent->kind == TREE_MAP) {
		if (event.type != YAML_SCALAR_EVENT)
			ok = complain(b, event.start_mark, "expected a key");
		else
			ok = build_node(b, &event, depth, &key);
		yaml_event_delete(&event);
		if (!ok || !next_event(b, &event))
			return false;
	}
	ok = *done || build_node(b, &event, depth, out);
	yaml_event_delete(&event);
	if (ok && !*done)
		(*out)->key = key;
	return ok;
}

static bool
build_children(struct builder *b, struct tree_node *parent, unsigned depth)
{
	struct tree_node **tail = &parent->first;
	bool done = false;

	while (build_child(b, parent, depth, &done, tail)) {
		if (done)
			return true;
		tail = &(*tail)->next;
		parent->count++;
	}
	return false;
}

static bool
is_adorned(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return event->data.scalar.anchor != NULL ||
		       event->data.scalar.tag != NULL;
	case YAML_SEQUENCE_START_EVENT:
		return event->data.sequence_start.anchor != NULL ||
		       event->data.sequence_start.tag != NULL;
	case YAML_MAPPING_START_EVENT:
		return event->data.mapping_start.anchor != NULL ||
		       event->data.mapping_start.tag != NULL;
	default:
		return event->type == YAML_ALIAS_EVENT;
	}
}

static bool
build_node(
    struct builder *b, const yaml_event_t *event, unsigned depth, struct tree_node **out)
{
	enum tree_kind kind =
	    event->type == YAML_SEQUENCE_START_EVENT ? TREE_LIST : TREE_MAP;

	if (is_adorned(event))
		return complain(b, event->start_mark,
		    "anchors (&), aliases (*) and tags (!) are not used here; "
		    "write the value itself, or quote it");
	if (event->type == YAML_SCALAR_EVENT)
		return build_scalar(b, event, out);
	if (depth >= TREE_DEPTH_MAX)
		return complain(
		    b, event->start_mark, "lists and maps are nested too deeply");
	if ((*out = node_new(b, kind, event->start_mark)) == NULL)
		return false;
	return build_children(b, *out, depth + 1);
}

/* Stream start, then at most one document, then stream end. */
static bool
build_stream(struct builder *b, struct tree_node **root)
{
	unsigned documents = 0;
	bool ok = true, done = false;

	while (ok && !done) {
		yaml_event_t event;

		if (!next_event(b, &event))
			return false;
		switch (event.type) {
		case YAML_STREAM_START_EVENT:
		case YAML_DOCUMENT_END_EVENT:
			break;
		case YAML_STREAM_END_EVENT:
			done = true;
			break;
		case YAML_DOCUMENT_START_EVENT:
			if (++documents > 1)
				ok = complain(b, event.start_mark,
				    "a second document; the configuration is one "
				    "document");
			break;
		default:
			ok = build_node(b, &event, 0, root);
		}
		yaml_event_delete(&event);
	}
	return ok;
}

bool
tree_parse(const char *text, size_t len, const struct report_source *source,
    struct arena *arena, struct report *report, struct tree_node **root)
{
	struct builder b = { .source = source, .arena = arena, .report = report };
	bool ok;

	*root = NULL;
	if (!yaml_parser_initialize(&b.parser)) {
		report->nomem = true;
		return false;
	}
	yaml_parser_set_input_string(&b.parser, (const unsigned char *)text, len);
	ok = build_stream(&b, root);
	yaml_parser_delete(&b.parser);
	return ok;
}

bool
tree_is_null(const struct tree_node *n)
{
	return n->kind == TREE_SCALAR && !n->quoted &&
	       (n->len == 0 || strcmp(n->text, "~") == 0 || strcmp(n->text, "null") == 0);
}

const struct tree_node *
tree_child(const struct tree_node *map, const char *key)
{
	if (map == NULL || map->kind != TREE_MAP)
		return NULL;
	for (const struct tree_node *n = map->first; n != NULL; n = n->next) {
		if (strcmp(n->key->text, key) == 0)
			return n;
	}
	return NULL;
}
