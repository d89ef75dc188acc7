#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/*
 * Stands in for libFuzzer's main where there is no libFuzzer: gives every file
 * named, and every file of every folder named, to the target once. Arguments
 * that begin with '-' are libFuzzer's and passed over, so that one command line
 * serves both.
 */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static unsigned runs;

static int
run_file(const char *path, const struct stat *st)
{
	size_t size = (size_t)st->st_size;
	/* Exactly as long as the input, so that a sanitizer sees a read behind it. */
	uint8_t *bytes = malloc(size > 0 ? size : 1);
	FILE *f = fopen(path, "rb");
	int status = 1;

	if (bytes == NULL || f == NULL || fread(bytes, 1, size, f) != size) {
		perror(path);
		goto out;
	}
	printf("%s\n", path);
	fflush(stdout);
	LLVMFuzzerTestOneInput(bytes, size);
	runs++;
	status = 0;
out:
	if (f != NULL)
		fclose(f);
	free(bytes);
	return status;
}

static int run_path(const char *path);

static int
run_folder(const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, NULL, alphasort), status = 0;
	char inner[4096];

	if (count < 0) {
		perror(path);
		return 1;
	}
	for (int i = 0; i < count; i++) {
		if (entries[i]->d_name[0] != '.') {
			snprintf(inner, sizeof(inner), "%s/%s", path, entries[i]->d_name);
			status |= run_path(inner);
		}
		free(entries[i]);
	}
	free(entries);
	return status;
}

static int
run_path(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0) {
		perror(path);
		return 1;
	}
	return S_ISDIR(st.st_mode) ? run_folder(path) : run_file(path, &st);
}

int
main(int argc, char **argv)
{
	int status = 0;

	for (int i = 1; i < argc; i++) {
		if (argv[i][0] != '-')
			status |= run_path(argv[i]);
	}
	if (runs == 0) {
		fprintf(stderr, "%s: no input was run\n", argv[0]);
		return 1;
	}
	printf("%u inputs\n", runs);
	return status;
}
